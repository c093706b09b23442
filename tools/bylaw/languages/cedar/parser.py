"""Cedar statements to syntax trees with ranges: recursive descent over the tokens, bounded before it starts.

    if < || < && < relations (== != < <= > >= in has like is; not associative) < + - < * < ! - < member access

The trees equal the engine's, statement by statement (tested over a public corpus and over random policies), and what is accepted
here the engine accepts. Refused here and not there: what exceeds `limits`, and `unknown(…)`.
"""

import re
from dataclasses import replace
from typing import NamedTuple

from bylaw.languages.cedar.ast import Entity, Expression, ScopeEqual, ScopeIn, ScopeInSet, Statement
from bylaw.languages.cedar.cursor import Cursor, SyntaxProblemError
from bylaw.languages.cedar.expressions import expression
from bylaw.languages.cedar.lexer import Tokens, tokenize
from bylaw.languages.cedar.limits import (
    MAX_DEPTH,
    MAX_NESTING,
    MAX_TOKENS,
    expression_depth,
    first_too_deep,
    first_too_long,
    statement_depth,
)
from bylaw.languages.cedar.statements import statement
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import whole_file

_DEEP_HELP = "join alternatives as `[…].contains(x)`, use groups, or split the policy"
_LONG_HELP = "split the policy, or make the listed entities members of a group"
_MAX_MESSAGE = 200
_SURROGATE = re.compile("[\ud800-\udfff]")
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class Parsed(NamedTuple):
    """A statement, or why there is none."""

    statement: Statement | None
    diagnostics: tuple[Diagnostic, ...]


class ParsedStatements(NamedTuple):
    """All statements up to the first that cannot be read, and why it cannot."""

    statements: tuple[Statement, ...]
    diagnostics: tuple[Diagnostic, ...]


class ParsedExpression(NamedTuple):
    """An expression, or why there is none."""

    expression: Expression | None
    diagnostics: tuple[Diagnostic, ...]


def parse_statement(text: str, path: str) -> Parsed:
    """Read a text that must hold exactly one statement."""
    cursor, problem = _open(text, path)
    if problem:
        return Parsed(None, (problem,))
    if cursor.at_end:
        message = f"no policy in `{path}`"
        return Parsed(
            None, (Diagnostic("no-statement", message, whole_file(path), "write one statement, or delete the file"),)
        )
    try:
        found = _checked(cursor, statement(cursor))
        if not cursor.at_end:
            _refuse_second(cursor)
    except SyntaxProblemError as problem_found:
        return Parsed(None, (_diagnostic(problem_found, path),))
    return Parsed(found, ())


def parse_statements(text: str, path: str) -> ParsedStatements:
    """Read any number of statements."""
    cursor, problem = _open(text, path)
    if problem:
        return ParsedStatements((), (problem,))
    found: list[Statement] = []
    try:
        while not cursor.at_end:
            found.append(_checked(cursor, statement(cursor)))
    except SyntaxProblemError as problem_found:
        return ParsedStatements(tuple(found), (_diagnostic(problem_found, path),))
    return ParsedStatements(tuple(found), ())


def parse_expression(text: str, path: str = "<expression>") -> ParsedExpression:
    """Read one expression."""
    cursor, problem = _open(text, path)
    if problem:
        return ParsedExpression(None, (problem,))
    try:
        found = expression(cursor)
        if not cursor.at_end:
            cursor.fail("cedar-syntax", f"unexpected {cursor.shown} after the expression")
        if cursor.taken > MAX_DEPTH and (depth := expression_depth(found)) > MAX_DEPTH:
            _refuse_deep(cursor, depth, found.start, found.end)
    except SyntaxProblemError as problem_found:
        return ParsedExpression(None, (_diagnostic(problem_found, path),))
    return ParsedExpression(found, ())


def _open(text: str, path: str) -> tuple[Cursor, Diagnostic | None]:
    tokens = tokenize(text)
    cursor = Cursor(text, tokens)
    try:
        _refuse_characters(cursor, tokens)
        if (deep := first_too_deep(tokens.texts)) is not None:
            place = tokens.starts[deep]
            cursor.fail_at("deep-expression", f"brackets nest deeper than {MAX_NESTING}", place, place + 1, _DEEP_HELP)
        if (long := first_too_long(tokens.texts)) is not None:
            place = tokens.starts[long]
            cursor.fail_at(
                "long-statement", f"a statement of more than {MAX_TOKENS} tokens", place, place + 1, _LONG_HELP
            )
    except SyntaxProblemError as problem:
        return cursor, _diagnostic(problem, path)
    return cursor, None


def _refuse_characters(cursor: Cursor, tokens: Tokens) -> None:
    """What the token grammar lets pass, or leaves to whoever reads the token.

    Seldom runs: most policies are ASCII and hold no return.
    """
    if not cursor.source.isascii():
        if surrogate := _SURROGATE.search(cursor.source):
            cursor.fail_at("invalid-character", "half a surrogate pair is no text", *surrogate.span(), "remove it")
        for text, start in zip(*tokens, strict=True):
            if not text.isascii() and text[0] != '"':
                cursor.fail_unreadable(text, start)
    if "\r" in cursor.source:
        for text, start in zip(*tokens, strict=True):
            if text[:1] == '"' and (offset := text.find("\r")) >= 0:
                place = start + offset
                cursor.fail_at("carriage-return", "a raw carriage return in a string", place, place + 1, "write `\\r`")


def _checked(cursor: Cursor, found: Statement) -> Statement:
    # A tree has no more levels than its text has tokens, so nearly every statement is known to be shallow without a walk.
    if cursor.taken > MAX_DEPTH and (depth := statement_depth(found)) > MAX_DEPTH:
        _refuse_deep(cursor, depth, found.clauses[0].start, found.clauses[-1].end)
    match found.action:
        case ScopeEqual(_, Entity() as target) | ScopeIn(_, Entity() as target):
            _check_action(cursor, target)
        case ScopeInSet(_, targets):
            for target in targets:
                _check_action(cursor, target)
        case _:
            pass
    return found


def _check_action(cursor: Cursor, target: Entity) -> None:
    if target.type != "Action" and not target.type.endswith("::Action"):
        remedy = "actions have the type `Action`, or `Namespace::Action`"
        cursor.fail_at("not-an-action", f"`{target.type}` is no type of actions", target.start, target.end, remedy)


def _refuse_deep(cursor: Cursor, depth: int, start: int, end: int) -> None:
    message = f"the conditions nest {depth} levels deep, limit {MAX_DEPTH}"
    cursor.fail_at("deep-expression", message, start, end, _DEEP_HELP)


def _refuse_second(cursor: Cursor) -> None:
    if cursor.text not in {"@", "permit", "forbid"}:
        cursor.fail("cedar-syntax", f"unexpected {cursor.shown} after the statement", "a statement ends with `;`")
    start, remedy = cursor.start, "one statement a file: its path is its id"
    cursor.fail_at("several-statements", "a second statement begins", start, start + 1, remedy)


def _diagnostic(problem: SyntaxProblemError, path: str) -> Diagnostic:
    """The problem as a value, its message short and on one line whatever the text held."""
    found = problem.diagnostic(path)
    message = _HIDDEN.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", found.message)
    if len(message) > _MAX_MESSAGE:
        message = f"{message[: _MAX_MESSAGE // 2]}…{message[-_MAX_MESSAGE // 2 :]}"
    return found if message == found.message else replace(found, message=message)
