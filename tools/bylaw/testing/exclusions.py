"""What an author takes out of coverage, in the source and with a reason.

    // coverage: excluded -- <reason>

The comment covers the clauses and conditions that begin on its line or, when it has the line to itself, on the next line of code.
Above the effect word it covers the whole policy. Without a reason it has no effect, and the report says so.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.languages.cedar.lexer import comments
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.model.identifiers import PolicyId
from bylaw.model.spans import Span

_DIRECTIVE = re.compile(r"//\s*coverage:\s*excluded\b(?:\s*--\s*(?P<reason>.*))?", re.DOTALL)


class Exclusion(NamedTuple):
    """One such comment."""

    policy: PolicyId
    line: int
    """The line of code that it covers."""
    reason: str
    """Empty where none is given."""
    span: Span
    """The comment."""


def exclusions(policy: CedarPolicy) -> tuple[Exclusion, ...]:
    """The exclusions in the file of `policy`, in the order of the source."""
    return tuple(_exclusions(policy)) if "coverage:" in policy.text else ()


def _exclusions(policy: CedarPolicy) -> Iterator[Exclusion]:
    found = comments(policy.text)
    code = _lines_of_code(policy, [(comment.start, comment.end) for comment in found])
    for comment in found:
        directive = _DIRECTIVE.match(policy.text[comment.start : comment.end].strip())
        if directive is not None:
            span = policy.span(comment.start, comment.end)
            line = next((number for number in code if number >= span.start.line), span.start.line)
            yield Exclusion(policy.ref.policy, line, (directive["reason"] or "").strip(), span)


def _lines_of_code(policy: CedarPolicy, ranges: list[tuple[int, int]]) -> list[int]:
    blanked = list(policy.text)
    for start, end in ranges:
        blanked[start:end] = " " * (end - start)
    return [number for number, line in enumerate("".join(blanked).split("\n"), 1) if line.strip()]
