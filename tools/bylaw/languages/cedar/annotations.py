"""The annotations that bylaw gives a meaning to. Others are the author's own, unless one looks like a misspelt one of ours.

@description("…")  @owner("…")
@enforcement("active" | "log_only")
@severity("critical" | "high" | "medium" | "low")
@expires("2027-06-30" | "2027-06-30T12:00:00Z")
@ignore("<rule>[ until 2026-06-30]: reason; <rule>: reason")        read, and judged, by the lint rules about suppressions
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from difflib import get_close_matches

from bylaw.languages.cedar.ast import Annotation
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.effects import Mode

KNOWN = ("description", "owner", "enforcement", "expires", "severity", "ignore")
_CHOICES = {
    "enforcement": tuple(mode.value for mode in Mode),
    "severity": ("critical", "high", "medium", "low"),
}
_OFTEN_MEANT = {"expiry": "expires", "expiration": "expires", "enforce": "enforcement", "desc": "description"}

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})")


def annotation_problems(policy: CedarPolicy) -> tuple[Diagnostic, ...]:
    """What is wrong with the annotations of `policy`."""
    return tuple(problem for item in policy.statement.annotations for problem in _problems(policy, item))


def parse_moment(text: str) -> datetime | None:
    """A date (its end, in UTC) or an RFC 3339 time, in UTC; none for anything else."""
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        return datetime.fromisoformat(text).astimezone(UTC) if _TIME.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


def _problems(policy: CedarPolicy, item: Annotation) -> Iterator[Diagnostic]:
    span = policy.span(item.start, item.end)
    choices, meant = _CHOICES.get(item.name), _meant(item.name)
    if choices and item.value not in choices:
        said = f"is {code(item.value)}" if item.value else "has no value"
        remedy = f"write one of {', '.join(map(code, choices))}"
        yield Diagnostic("bad-annotation", f"`@{item.name}` {said}", span, remedy)
    if item.name == "expires" and parse_moment(item.value) is None:
        said = f"is no date: {code(item.value)}" if item.value else "has no value"
        yield Diagnostic("bad-annotation", f"`@expires` {said}", span, "write 2027-06-30 or 2027-06-30T12:00:00Z")
    if meant is not None:
        message = f"`@{item.name}` means nothing to bylaw"
        yield Diagnostic("unknown-annotation", message, span, f"did you mean `@{meant}`?", Severity.WARNING)


def _meant(name: str) -> str | None:
    """The annotation of ours that `name` looks like."""
    if name in KNOWN:
        return None
    near = get_close_matches(name.lower(), KNOWN, n=1, cutoff=0.8)
    return near[0] if near else _OFTEN_MEANT.get(name.lower())
