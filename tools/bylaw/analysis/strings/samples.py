"""Every combination of answers that some string gives to some tests, with a shortest example of each.

All tests are run along one text at once: a state is what is left to match of each of them, and the states that can be reached are
finitely many.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias, assert_never

from bylaw.analysis.strings.characters import UnsupportedError, representatives
from bylaw.analysis.strings.expressions import ANYTHING, EMPTY, Expression, Text, after, first_sets, is_nullable, then
from bylaw.analysis.strings.parsing import parse
from bylaw.languages.http_rules.model import Contains, Exact, Prefix, Regex, Suffix, TextTest
from bylaw.languages.portable_regex import RegexError, compile_regex
from bylaw.model.dialects import Dialect

MAX_STATES: Final = 4_000
MAX_WORK: Final = 50_000
"""Expressions that a character is taken from."""

Truth: TypeAlias = tuple[bool, ...]
"""The answer to each test, in their order."""
_Left: TypeAlias = frozenset[Expression]
_State: TypeAlias = tuple[_Left, ...]
_DONE: Final[_Left] = frozenset({ANYTHING})


def samples(tests: Sequence[TextTest | Exact], dialect: Dialect = Dialect.STRICT) -> dict[Truth, str] | None:
    """Each combination of answers with a shortest string that gives it; none where there are too many states to look at."""
    return _samples(tuple(dict.fromkeys(tests)), tuple(tests), dialect)


@lru_cache(maxsize=1024)
def _samples(
    distinct: tuple[TextTest | Exact, ...], tests: tuple[TextTest | Exact, ...], dialect: Dialect
) -> dict[Truth, str] | None:
    try:
        starts = [frozenset({_expression(test, dialect)}) for test in distinct]
    except (UnsupportedError, RegexError):
        return None
    found: dict[Truth, str] = {}
    for truth, text in _walk(tuple(starts)) or ():
        found.setdefault(truth, text)
    if not found:
        return None
    places = [distinct.index(test) for test in tests]
    return {tuple(truth[place] for place in places): text for truth, text in found.items()}


def _walk(start: _State) -> list[tuple[Truth, str]] | None:
    """Every state that some text leads to, by the shortest of them, with what it says; none where they are too many."""
    seen: set[_State] = set()  # not the start: the same tests may be left later, where `^` holds no more
    todo = deque([(start, "")])
    found, work = [], 0
    while todo:
        state, text = todo.popleft()
        found.append((tuple(_holds(left, text) for left in state), text))
        for character in _next(state):
            work += sum(map(len, state))
            if len(seen) > MAX_STATES or work > MAX_WORK:
                return None
            following = tuple(_step(left, character, at_start=not text) for left in state)
            if following not in seen:
                seen.add(following)
                todo.append((following, text + character))
    return found


def _holds(left: _Left, text: str) -> bool:
    return any(is_nullable(expression, at_start=not text, at_end=True) for expression in left)


def _step(left: _Left, character: str, *, at_start: bool) -> _Left:
    if left is _DONE:
        return left
    found = frozenset(rest for expression in left for rest in after(expression, character, at_start=at_start))
    return _DONE if ANYTHING in found else found


def _next(state: _State) -> Iterator[str]:
    """A character of each kind that some test tells apart."""
    return representatives(ranges for left in state if left is not _DONE for e in left for ranges in first_sets(e))


def _expression(test: TextTest | Exact, dialect: Dialect) -> Expression:
    match test:
        case Prefix(text):
            return then(_text(text), ANYTHING)
        case Suffix(text):
            return then(ANYTHING, _text(text))
        case Contains(text):
            return then(ANYTHING, then(_text(text), ANYTHING))
        case Regex(pattern):
            compile_regex(pattern, dialect)
            return then(ANYTHING, then(parse(pattern, dialect), ANYTHING))
        case Exact(str() as text):
            return _text(text)
        case Exact():
            raise UnsupportedError
        case _:
            assert_never(test)


def _text(text: str) -> Expression:
    return Text(text) if text else EMPTY
