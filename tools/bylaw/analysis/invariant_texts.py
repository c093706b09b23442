"""The texts in invariant files: each one `permit` statement, which names requests. What is wrong with it is told at its place in
the file.
"""

from collections.abc import Iterator
from dataclasses import replace

from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Slot, Statement
from bylaw.languages.cedar.lexer import comments
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.walk import scope_targets
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.repository.yaml_scalars import ScalarText

_AT_THE_END = "found the end of the file"


def parse_requests(text: ScalarText, problems: Diagnostics) -> Statement | None:
    """The statement, within the limits of every policy; none where it is none, or one that cannot name requests."""
    statement, found = parse_statement(text.text, "")
    problems.extend(_reworded(item, text) for item in found)
    if statement is None:
        return None
    found = tuple(_unsuitable(statement, text))
    problems.extend(found)
    return None if found else statement


def moved(item: Diagnostic, text: ScalarText) -> Diagnostic:
    """`item`, whose lines and columns count in the text, at its place in the file."""
    return replace(item, span=text.within(item.span) if item.span else text.span)


def _unsuitable(statement: Statement, text: ScalarText) -> Iterator[Diagnostic]:
    """What a policy may be, and the requests of an invariant may not."""
    if statement.effect == "forbid":
        remedy = "write `permit`: it names requests, and the claim says whether they are allowed"
        yield Diagnostic("forbid-in-invariant", "requests are named by `permit`", text.range(*statement.head), remedy)
    for slot in (target for target in scope_targets(statement) if isinstance(target, Slot)):
        message, remedy = f"nothing fills the slot `?{slot.name}`", "name an entity, or leave the scope open"
        yield Diagnostic("slot-in-invariant", message, text.range(slot.start, slot.end), remedy)
    for own in statement.annotations:
        message = f"the annotation {code(f'@{own.name}')} means nothing here"
        remedy = "remove it; what the invariant is for stands in `description`"
        yield Diagnostic("annotation-in-invariant", message, text.range(own.start, own.end), remedy)


def _reworded(item: Diagnostic, text: ScalarText) -> Diagnostic:
    """What the parser says of a file, said of a text inside one."""
    if item.code == "no-statement":
        remedy = "write `permit (principal, action, resource);`, narrowed to the requests that are meant"
        return replace(item, message="no statement in this text", span=text.span, help=remedy)
    if item.code == "several-statements":
        remedy = "write an invariant for each, or one statement with `||` in its condition"
        return replace(moved(item, text), help=remedy)
    if item.message.endswith(_AT_THE_END):
        message = f"{item.message.removesuffix(_AT_THE_END)}found the end of the text"
        remedy = "YAML has joined the lines, and the comment runs on: begin the text with `|`"
        return replace(moved(item, text), message=message, help=remedy if _swallowed(text) else item.help)
    return moved(item, text)


def _swallowed(text: ScalarText) -> bool:
    """Whether a comment that was written on a line among others ends the text."""
    joined = "\n" not in text.text.strip() and text.span.start.line < text.span.end.line
    return joined and any(comment.end >= len(text.text.rstrip()) for comment in comments(text.text))
