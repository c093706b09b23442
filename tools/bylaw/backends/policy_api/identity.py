"""The mark in the policy itself: an `@id` annotation before the statement, which no engine evaluates.

    @id("bylaw: 1 acme/policies prod refunds/limits/cap-refund 0123456789ab")
    permit (principal, action, resource);

It says the same as the mark in the description, and stands where descriptions are lost, or cannot be written. It is no part of the
content: whoever compares texts compares them without it.
"""

import re
from typing import Final, NamedTuple

from bylaw.languages.cedar.parser import parse_statement
from bylaw.model.marks import Mark

NAME: Final = "id"
_FIRST: Final = re.compile(r'\s*@id\s*\(\s*"(bylaw: 1 [^"\\\n]{1,800})"\s*\)[ \t]*\r?\n?')
_OWN: Final = re.compile(r"@\s*id\b")


class Marked(NamedTuple):
    """A statement, taken apart."""

    text: str
    """Without the annotation."""
    mark: Mark | None


def annotated(text: str, mark: Mark) -> str:
    """Put the mark before a statement. A statement that has an `@id` of its own keeps that: there can be only one."""
    return text if _has_id(text) else f'@{NAME}("{mark}")\n{text}'


def taken_apart(text: str) -> Marked:
    """Take the annotation off, wherever among the annotations it stands."""
    found = _FIRST.match(text)
    if found is not None:
        mark = Mark.find(found[1])
        return Marked(text[found.end() :], mark) if mark is not None else Marked(text, None)
    if "bylaw: 1 " not in text or _OWN.search(text) is None:
        return Marked(text, None)
    statement = parse_statement(text, "policy").statement
    for annotation in statement.annotations if statement is not None else ():
        mark = Mark.find(annotation.value) if annotation.name == NAME else None
        if mark is not None:
            return Marked(text[: annotation.start] + text[annotation.end :], mark)
    return Marked(text, None)


def _has_id(text: str) -> bool:
    """Whether the statement is annotated so, or cannot be read; then it is left alone."""
    if _OWN.search(text) is None:
        return False
    statement = parse_statement(text, "policy").statement
    return statement is None or any(annotation.name == NAME for annotation in statement.annotations)
