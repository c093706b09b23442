"""The annotations that bylaw gives a meaning to. Others are the author's own, unless one looks like a misspelt one of ours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from difflib import get_close_matches

from bylaw.languages.cedar.ast import Annotation
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.effects import Mode

KNOWN = ("description", "owner", "enforcement", "expires", "severity", "ignore")
SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Annotations:
    """What the annotations of one policy say."""

    description: str | None = None
    owner: str | None = None
    mode: Mode = Mode.ACTIVE
    expires: datetime | None = None
    """The moment from which the policy counts as expired."""
    severity: str | None = None
    ignored: tuple[tuple[str, str], ...] = ()
    """Rule id and reason."""


def read_annotations(policy: CedarPolicy) -> tuple[Annotations, tuple[Diagnostic, ...]]:
    """The annotations of `policy`; a malformed one counts as absent and is diagnosed."""
    problems = Diagnostics()
    values = {item.name: item for item in policy.statement.annotations}
    for item in policy.statement.annotations:
        _check_name(policy, item, problems)
    expires = values.get("expires")
    ignore = values.get("ignore")
    return (
        Annotations(
            description=values["description"].value if "description" in values else None,
            owner=values["owner"].value if "owner" in values else None,
            mode=Mode(_one_of(policy, values.get("enforcement"), tuple(Mode), problems) or Mode.ACTIVE),
            expires=_moment(policy, expires, problems) if expires else None,
            severity=_one_of(policy, values.get("severity"), SEVERITIES, problems),
            ignored=_ignored(policy, ignore, problems) if ignore else (),
        ),
        tuple(problems),
    )


def parse_moment(text: str) -> datetime | None:
    """A date (its end, in UTC) or an RFC 3339 time; none for anything else."""
    try:
        if len(text) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _check_name(policy: CedarPolicy, item: Annotation, problems: Diagnostics) -> None:
    near = get_close_matches(item.name, KNOWN, n=1, cutoff=0.8)
    if item.name not in KNOWN and near:
        message = f"`@{item.name}` means nothing here"
        span = policy.span(item.start, item.end)
        problems.add(Diagnostic("unknown-annotation", message, span, f"did you mean `@{near[0]}`?", Severity.WARNING))


def _one_of(policy: CedarPolicy, item: Annotation | None, known: tuple[str, ...], problems: Diagnostics) -> str | None:
    if item is None or item.value in known:
        return item.value if item else None
    choices = ", ".join(f"`{choice}`" for choice in known)
    _bad(policy, item, f"`@{item.name}` is `{item.value}`", f"write one of {choices}", problems)
    return None


def _moment(policy: CedarPolicy, item: Annotation, problems: Diagnostics) -> datetime | None:
    moment = parse_moment(item.value)
    if moment is None:
        _bad(
            policy, item, f"`@expires` is no date: `{item.value}`", "write 2027-06-30 or 2027-06-30T12:00:00Z", problems
        )
    return moment


def _ignored(policy: CedarPolicy, item: Annotation, problems: Diagnostics) -> tuple[tuple[str, str], ...]:
    found = []
    for part in item.value.split(";"):
        rule, colon, reason = (text.strip() for text in part.partition(":"))
        if not (rule and colon and reason):
            _bad(
                policy,
                item,
                f"`@ignore` without a reason: `{part.strip()}`",
                'write @ignore("rule-id: reason")',
                problems,
            )
        else:
            found.append((rule, reason))
    return tuple(found)


def _bad(policy: CedarPolicy, item: Annotation, message: str, remedy: str, problems: Diagnostics) -> None:
    problems.add(Diagnostic("bad-annotation", message, policy.span(item.start, item.end), remedy))


def annotation_problems(policy: CedarPolicy) -> tuple[Diagnostic, ...]:
    """What is wrong with the annotations of `policy`."""
    return read_annotations(policy)[1]
