"""Values of every kind that tests of one place of a body tell apart."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from enum import Enum
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from bylaw.analysis.http_rules.cells import text_samples
from bylaw.languages.http_rules.model import BodyTest, Exact, Least, Most, OneOf
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json, is_list


class Other(Enum):
    """A value that no rule names."""

    MISSING = "missing"
    OBJECT = "object"
    LIST = "list"


Value: TypeAlias = "Json | Other"
_EXACT: Final = Context(prec=2000)
_BEYOND_64_BITS: Final = (2**63, -(2**63) - 1)


class Named(NamedTuple):
    """What tests name, by its type."""

    texts: tuple[str, ...]
    numbers: tuple[Decimal, ...]
    containers: tuple[Json, ...]


def named(values: Iterable[Json]) -> Named:
    """Values by type; there are so few truth values that nobody has to name them."""
    texts, numbers, containers = [], [], []
    for value in values:
        match value:
            case str():
                texts.append(value)
            case bool() | None:
                continue
            case int() | Decimal():
                numbers.append(Decimal(value))
            case _:
                containers.append(value)
    return Named(tuple(texts), tuple(numbers), tuple(containers))


def values_for(tests: Sequence[BodyTest], inherited: Sequence[Json], dialects: Iterable[Dialect]) -> Iterator[Value]:
    """A value of every kind, plain ones first. `inherited` are values that may stand there inside of what is named further up.

    Raises:
        TooComplexError: the strings are of too many kinds.
    """
    found = named((*_named_by(tests), *inherited))
    bounds = (test.bound for test in tests if isinstance(test, Least | Most))
    yield Other.MISSING
    for dialect in dialects:
        exact = (Exact(text) for text in found.texts)
        others = (test for test in tests if not isinstance(test, Exact | OneOf | Least | Most))
        yield from text_samples((*exact, *others), dialect)
    with localcontext(_EXACT):
        numbers = list(_numbers(sorted({*found.numbers, *map(Decimal, bounds)})))
    yield from numbers
    yield from (None, True, False, *found.containers, Other.OBJECT, Other.LIST)


def _named_by(tests: Iterable[BodyTest]) -> Iterator[Json]:
    for test in tests:
        if isinstance(test, Exact):
            yield test.value
        elif isinstance(test, OneOf):
            yield from test.values


def _numbers(constants: Sequence[Decimal]) -> Iterator[int | Decimal]:
    """Each constant, and between and beyond them a whole number and one with a fraction."""
    if not constants:
        yield from (1, Decimal("1.5"), *_BEYOND_64_BITS)
        return
    half, one = Decimal("0.5"), Decimal(1)
    edges = [constants[0] - one, *constants, constants[-1] + one]
    for low, high in pairwise(edges):
        yield from _both_forms(low)
        whole = low.to_integral_value(rounding="ROUND_FLOOR") + one
        if whole < high:
            yield int(whole)
        yield (low + high) * half
    yield from _both_forms(edges[-1])
    yield from _BEYOND_64_BITS


def _both_forms(number: Decimal) -> Iterator[int | Decimal]:
    """As a whole number where it is one, and with a fraction: some readers tell these apart."""
    if number == number.to_integral_value():
        yield int(number)
    yield number if number.as_tuple().exponent else number.quantize(Decimal("0.0"))


def part_of(value: Value, step: str) -> Value:
    """What stands one step below a value that some rule names."""
    if isinstance(value, Other):
        return Other.MISSING
    if isinstance(value, Mapping):
        return value.get(step, Other.MISSING)
    if is_list(value) and step.isascii() and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    return Other.MISSING


def is_named_container(value: Value) -> bool:
    """Whether it is an object or a list that some rule names."""
    return not isinstance(value, Other) and (isinstance(value, Mapping) or is_list(value))
