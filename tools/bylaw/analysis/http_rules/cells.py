"""Kinds of methods, times and headers: for every combination of answers that rules can get, one example."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from bylaw.analysis.http_rules.complexity import TooComplexError
from bylaw.analysis.strings.samples import samples
from bylaw.evaluation.http_rules.headers import header_condition
from bylaw.evaluation.http_rules.times import DAY_MINUTES, MINUTE_MS, is_outside
from bylaw.languages.http_rules.model import Exact, HeaderMatcher, Method, Regex, TextTest, Window
from bylaw.languages.portable_regex import RegexError, compile_regex
from bylaw.model.dialects import Dialect

NOON_MS: Final = 1_774_958_400_000
"""2026-03-31T12:00:00Z, the time of an example where the time does not matter."""
OTHER_METHOD: Final = "TRACE"
"""A method that no rule can name."""

ValueT = TypeVar("ValueT")
TestT = TypeVar("TestT")


class Cells(NamedTuple, Generic[ValueT]):
    """The kinds of values of one variable."""

    examples: tuple[ValueT, ...]
    """One of each kind, the plainest first."""
    masks: tuple[int, ...]
    """Of each test, in their order, the kinds for which it holds, as bits."""


def cells_of(
    values: Iterable[ValueT],
    tests: Sequence[TestT],
    holds: Callable[[TestT, ValueT], bool],
    also: Callable[[ValueT], Hashable] = lambda _: None,
) -> Cells[ValueT]:
    """The kinds that tests, and `also`, tell apart among all these values."""
    kinds: dict[Hashable, tuple[ValueT, tuple[bool, ...]]] = {}
    for value in values:
        truth = tuple(holds(test, value) for test in tests)
        kinds.setdefault((truth, also(value)), (value, truth))
    found = list(kinds.values())
    masks = [sum(1 << cell for cell, (_, truth) in enumerate(found) if truth[place]) for place in range(len(tests))]
    return Cells(tuple(value for value, _ in found), tuple(masks))


def method_cells(tests: Sequence[frozenset[Method]]) -> Cells[str]:
    """Methods, by the rules that name them; a rule that names none is about all."""
    methods = [str(method) for method in (*Method, OTHER_METHOD)]
    return cells_of(methods, tests, lambda test, method: not test or method in test)


def time_cells(windows: Sequence[Window]) -> Cells[int]:
    """Moments of one day, in milliseconds since 1970."""
    midnight = NOON_MS - 12 * 60 * MINUTE_MS
    edges = {edge - window.offset for window in windows for edge in (window.start, window.end)}
    minutes = sorted({edge % DAY_MINUTES for edge in edges} | {0})
    moments = [NOON_MS, *(midnight + minute * MINUTE_MS for minute in minutes)]
    return cells_of(moments, windows, is_outside)


def header_cells(matchers: Sequence[tuple[HeaderMatcher, Dialect]]) -> Cells[str | None]:
    """Values of one header; none: it is not there.

    Raises:
        TooComplexError: too many tests look at it.
    """
    values: list[str | None] = [None]
    for dialect in dict.fromkeys(dialect for _, dialect in matchers):
        values += text_samples([test for matcher, _ in matchers for test in matcher.tests], dialect)
    conditions = [header_condition(*matcher) for matcher in matchers]
    name = matchers[0][0].name.lower()
    return cells_of(values, conditions, lambda holds, value: holds({} if value is None else {name: value}))


def text_samples(tests: Iterable[Exact | TextTest], dialect: Dialect) -> Iterator[str]:
    """Strings of every kind that some tests tell apart.

    Raises:
        TooComplexError: there are too many.
    """
    found = samples([test for test in dict.fromkeys(tests) if _compiles(test, dialect)], dialect)
    if found is None:
        raise TooComplexError
    yield from sorted(found.values(), key=lambda text: (text == "", len(text)))


def _compiles(test: Exact | TextTest, dialect: Dialect) -> bool:
    """Whether a test can be asked of a string; upstream, an expression that does not compile counts for nothing."""
    try:
        return not isinstance(test, Regex) or bool(compile_regex(test.pattern, dialect))
    except RegexError:
        return False
