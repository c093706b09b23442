"""The annotations that bylaw gives a meaning to. Others are the author's own, unless one looks like a misspelt one of ours.

@description("…")  @owner("…")
@enforcement("active" | "log_only")
@severity("critical" | "high" | "medium" | "low")
@expires("2027-06-30" | "2027-06-30T12:00:00Z")
@ignore("<rule>[ until 2026-06-30]: reason; <rule>: reason")
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from difflib import get_close_matches

from bylaw.languages.cedar.ast import Annotation
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.effects import Mode

KNOWN = ("description", "owner", "enforcement", "expires", "severity", "ignore")
SEVERITIES = ("critical", "high", "medium", "low")
_OFTEN_MEANT = {
    "expiry": "expires", "expiration": "expires", "enforce": "enforcement", "desc": "description",
}  # fmt: skip

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})")
_RULE = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_UNTIL = r"(?:\s+until\s+[0-9]{4}-[0-9]{2}-[0-9]{2})?"
_IGNORED = re.compile(rf"\s*(?P<rule>{_RULE}){_UNTIL}\s*:\s*(?P<reason>.*\S)\s*", re.DOTALL)
_NEXT_IGNORED = re.compile(rf";\s*(?={_RULE}{_UNTIL}\s*:)")


@dataclass(frozen=True, slots=True)
class Annotations:
    """What the annotations of one policy say."""

    description: str | None = None
    owner: str | None = None
    mode: Mode = Mode.ACTIVE
    expires: datetime | None = None
    """The moment from which the policy counts as expired, in UTC."""
    severity: str | None = None
    ignored: tuple[tuple[str, str], ...] = ()
    """Rule id and reason."""


def read_annotations(policy: CedarPolicy) -> tuple[Annotations, tuple[Diagnostic, ...]]:
    """The annotations of `policy`; a malformed one counts as absent and is diagnosed."""
    reader = _Reader(policy)
    values = Annotations(
        description=reader.text("description"),
        owner=reader.text("owner"),
        mode=Mode(reader.one_of("enforcement", tuple(Mode)) or Mode.ACTIVE),
        expires=reader.moment("expires"),
        severity=reader.one_of("severity", SEVERITIES),
        ignored=reader.ignored(),
    )
    reader.check_names()
    return values, tuple(reader.problems)


def annotation_problems(policy: CedarPolicy) -> tuple[Diagnostic, ...]:
    """What is wrong with the annotations of `policy`, but for suppressions: the lint rules about suppressions judge those."""
    if not policy.statement.annotations:
        return ()
    reader = _Reader(policy)
    reader.one_of("enforcement", tuple(Mode))
    reader.moment("expires")
    reader.one_of("severity", SEVERITIES)
    reader.check_names()
    return tuple(reader.problems)


def parse_moment(text: str) -> datetime | None:
    """A date (its end, in UTC) or an RFC 3339 time, in UTC; none for anything else."""
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        return datetime.fromisoformat(text).astimezone(UTC) if _TIME.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


class _Reader:
    """Reads values one by one and keeps what is wrong with them."""

    def __init__(self, policy: CedarPolicy) -> None:
        self._policy = policy
        self._items = {item.name: item for item in policy.statement.annotations}
        self.problems = Diagnostics()

    def text(self, name: str) -> str | None:
        """A value that may be any text."""
        item = self._items.get(name)
        return item.value if item else None

    def one_of(self, name: str, known: tuple[str, ...]) -> str | None:
        """A value out of a few."""
        item = self._items.get(name)
        if item is None or item.value in known:
            return item.value if item else None
        choices = ", ".join(map(code, known))
        said = f"is {code(item.value)}" if item.value else "has no value"
        self._bad(item, f"`@{name}` {said}", f"write one of {choices}")
        return None

    def moment(self, name: str) -> datetime | None:
        """A date or a time."""
        item = self._items.get(name)
        moment = parse_moment(item.value) if item else None
        if item is not None and moment is None:
            said = f"is no date: {code(item.value)}" if item.value else "has no value"
            self._bad(item, f"`@{name}` {said}", "write 2027-06-30 or 2027-06-30T12:00:00Z")
        return moment

    def ignored(self) -> tuple[tuple[str, str], ...]:
        """Rules with reasons."""
        item = self._items.get("ignore")
        found = []
        for part in _NEXT_IGNORED.split(item.value) if item else ():
            match = _IGNORED.fullmatch(part)
            if match:
                found.append((match["rule"], match["reason"]))
            elif item is not None:
                said = f"gives no reason: {code(part.strip())}" if part.strip() else "has no value"
                self._bad(item, f"`@ignore` {said}", 'write @ignore("rule-id: reason")')
        return tuple(found)

    def check_names(self) -> None:
        """Names that look like ours."""
        for item in self._items.values():
            meant = _meant(item.name)
            if meant is not None:
                span = self._policy.span(item.start, item.end)
                message = f"`@{item.name}` means nothing to bylaw"
                remedy = f"did you mean `@{meant}`?"
                self.problems.add(Diagnostic("unknown-annotation", message, span, remedy, Severity.WARNING))

    def _bad(self, item: Annotation, message: str, remedy: str) -> None:
        span = self._policy.span(item.start, item.end)
        self.problems.add(Diagnostic("bad-annotation", message, span, remedy))


def _meant(name: str) -> str | None:
    """The annotation of ours that `name` looks like."""
    if name in KNOWN:
        return None
    near = get_close_matches(name.lower(), KNOWN, n=1, cutoff=0.8)
    return near[0] if near else _OFTEN_MEANT.get(name.lower())
