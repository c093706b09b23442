"""Cedar statements to syntax trees with ranges: recursive descent over the tokens, bounded before it starts.

    if < || < && < relations (== != < <= > >= in has like is; not associative) < + - < * < ! - < member access

The trees equal the engine's, statement by statement (tested over a public corpus and over random policies).
"""

from typing import NamedTuple

from bylaw.languages.cedar.ast import Expression, Statement
from bylaw.languages.cedar.cursor import Cursor, SyntaxProblemError
from bylaw.languages.cedar.expressions import expression
from bylaw.languages.cedar.lexer import tokenize
from bylaw.languages.cedar.limits import MAX_DEPTH, MAX_NESTING, first_too_deep, statement_depth
from bylaw.languages.cedar.statements import statement
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import LineIndex, whole_file

_DEEP_HELP = "join alternatives as `[…].contains(x)`, use groups, or split the policy"


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
        found = _bounded(cursor, statement(cursor))
        if not cursor.at_end:
            _refuse_second(cursor)
    except SyntaxProblemError as problem_found:
        return Parsed(None, (problem_found.diagnostic(path),))
    return Parsed(found, ())


def parse_statements(text: str, path: str) -> ParsedStatements:
    """Read any number of statements."""
    cursor, problem = _open(text, path)
    if problem:
        return ParsedStatements((), (problem,))
    found: list[Statement] = []
    try:
        while not cursor.at_end:
            found.append(_bounded(cursor, statement(cursor)))
    except SyntaxProblemError as problem_found:
        return ParsedStatements(tuple(found), (problem_found.diagnostic(path),))
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
    except SyntaxProblemError as problem_found:
        return ParsedExpression(None, (problem_found.diagnostic(path),))
    return ParsedExpression(found, ())


def _open(text: str, path: str) -> tuple[Cursor, Diagnostic | None]:
    tokens = tokenize(text)
    cursor = Cursor(text, tokens)
    deep = first_too_deep(tokens.texts)
    if deep is None:
        return cursor, None
    span = LineIndex(text).span(path, tokens.starts[deep], tokens.starts[deep] + 1)
    return cursor, Diagnostic("deep-expression", f"brackets nest deeper than {MAX_NESTING}", span, _DEEP_HELP)


def _bounded(cursor: Cursor, found: Statement) -> Statement:
    # A tree has no more levels than its text has tokens, so nearly every statement is known to be shallow without a walk.
    if cursor.taken > MAX_DEPTH and (depth := statement_depth(found)) > MAX_DEPTH:
        message = f"the conditions nest {depth} levels deep, limit {MAX_DEPTH}"
        cursor.fail_at("deep-expression", message, found.clauses[0].start, found.clauses[-1].end, _DEEP_HELP)
    return found


def _refuse_second(cursor: Cursor) -> None:
    start = cursor.start
    cursor.fail_at(
        "several-statements", "a second statement begins", start, start + 1, "one statement a file: its path is its id"
    )
