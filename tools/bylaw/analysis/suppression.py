"""Suppressions: how an author says "not this rule, not here, because …".

    // bylaw: allow <rule>[, <rule>] [until 2026-06-30] -- reason       in Cedar, `#` in YAML
    @ignore("<rule>[ until 2026-06-30]: reason; <rule>: reason")        for the whole policy

A comment covers its own line, or when it has the line to itself, the next line of code. Above a statement it reaches past the
annotations to the effect word. Without a reason, or once its date has passed, a suppression has no effect; rules report both.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date

from bylaw.analysis.finding import Suppression, SuppressionKind
from bylaw.languages.cedar.lexer import comments
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.model.spans import LineIndex, Span

MARKER = "bylaw:"
USAGE = "write `// bylaw: allow <rule> -- reason`"
IGNORE = "ignore"

_ID = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_UNTIL = r"until\s+(?P<until>[0-9]{4}-[0-9]{2}-[0-9]{2})"
_DIRECTIVE = re.compile(rf"allow\s+(?P<rules>{_ID}(?:\s*,\s*{_ID})*)(?:\s+{_UNTIL})?(?:\s+--\s*(?P<reason>.*))?")
_IGNORED = re.compile(rf"\s*(?P<rules>{_ID})(?:\s+{_UNTIL})?\s*(?::\s*(?P<reason>.*))?", re.DOTALL)
_NEXT_IGNORED = re.compile(rf";\s*(?={_ID}(?:\s+until\s+[0-9-]+)?\s*:)")
_YAML_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)
_LINE = re.compile(r"\r\n|\r|\n")


def policy_suppressions(policy: CedarPolicy) -> tuple[Suppression, ...]:
    """Every suppression in a policy's file."""
    found: list[Suppression] = []
    if MARKER in policy.text:
        head = policy.lines.position(policy.statement.head[0]).line
        first = policy.lines.position(policy.statement.start).line
        written = _from_comments(policy.text, policy.path, _cedar_comments(policy.text), "//")
        found += (_past_annotations(suppression, first, head) for suppression in written)
    for annotation in policy.statement.annotations:
        if annotation.name == IGNORE:
            found += _ignored(annotation.value, policy.span(annotation.start, annotation.end))
    return tuple(found)


def yaml_suppressions(text: str, path: str) -> tuple[Suppression, ...]:
    """Every suppression in a YAML file."""
    if MARKER not in text:
        return ()
    ranges = [(found.start(), found.end()) for found in _YAML_COMMENT.finditer(text)]
    return tuple(_from_comments(text, path, ranges, "#"))


def _cedar_comments(text: str) -> list[tuple[int, int]]:
    return [(comment.start, comment.end) for comment in comments(text)]


def _from_comments(text: str, path: str, ranges: list[tuple[int, int]], mark: str) -> Iterator[Suppression]:
    lines = LineIndex(text)
    code = _code_lines(text, ranges)
    for start, end in ranges:
        body = text[start:end].removeprefix(mark).strip()
        if not body.startswith(MARKER):
            continue
        span = lines.span(path, start, end)
        line = span.start.line
        if line not in code:
            following = bisect_left(code, line)
            line = code[following] if following < len(code) else line
        yield from _parse(_DIRECTIVE, body.removeprefix(MARKER).strip(), span, (span.start.line, line))


def _code_lines(text: str, ranges: Iterable[tuple[int, int]]) -> list[int]:
    """The numbers of the lines that hold more than blanks and comments."""
    blanked = list(text)
    for start, end in ranges:
        blanked[start:end] = " " * (end - start)
    return [number for number, line in enumerate(_LINE.split("".join(blanked)), 1) if line.strip()]


def _past_annotations(suppression: Suppression, first: int, head: int) -> Suppression:
    if suppression.lines is not None and first <= suppression.lines[1] <= head:
        return suppression._replace(lines=(suppression.lines[0], head))
    return suppression


def _ignored(value: str, span: Span) -> Iterator[Suppression]:
    for part in _NEXT_IGNORED.split(value):
        yield from _parse(_IGNORED, part, span, None)


def _parse(form: re.Pattern[str], text: str, span: Span, lines: tuple[int, int] | None) -> Iterator[Suppression]:
    """The suppressions that `text` spells; one for no rule where it spells none, so that it is reported."""
    kind = SuppressionKind.ANNOTATION if lines is None else SuppressionKind.COMMENT
    found = form.fullmatch(text)
    until = _date(found["until"]) if found and found["until"] else None
    if found is None or (found["until"] and until is None):
        yield Suppression("", "", span, kind, lines)
        return
    for rule in re.split(r"\s*,\s*", found["rules"]):
        yield Suppression(rule, (found["reason"] or "").strip(), span, kind, lines, until)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def in_force(suppression: Suppression, today: date) -> bool:
    """Whether it has a reason and its last day has not passed."""
    return bool(suppression.reason) and (suppression.until is None or today <= suppression.until)
