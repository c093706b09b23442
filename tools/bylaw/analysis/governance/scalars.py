"""Values without parts that tell apart everything that some argument schemas can say of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Final, NamedTuple

from bylaw.analysis.strings.samples import samples
from bylaw.languages.governance.model import Schema
from bylaw.languages.http_rules.model import Exact, Regex
from bylaw.model.exact import Json, is_list, is_number, key

MAX_LENGTH: Final = 40
"""Up to here, lengths of texts are told apart together with patterns."""
MAX_STEPS: Final = 400
"""Multiples that are looked at between two bounds."""
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LENGTHS: Final = ("minLength", "maxLength")


class Candidates(NamedTuple):
    """Values of one kind; where they are complete, schemas that none of them fits are fitted by no value of that kind."""

    values: tuple[Json, ...]
    are_complete: bool = True


def constants(schemas: Iterable[Schema]) -> tuple[Json, ...]:
    """Every value that some schema names, at this place."""
    found: dict[object, Json] = {}
    for schema in _here(schemas):
        named = schema.get("enum")
        values = [*(named if is_list(named) else ()), *([schema["const"]] if "const" in schema else ())]
        found.update((key(value), value) for value in values)
    return tuple(found.values())


def _here(schemas: Iterable[Schema]) -> Iterator[Schema]:
    """The schemas, and those inside of them that are about the same value."""
    todo = list(schemas)
    while todo:
        schema = todo.pop()
        yield schema
        for keyword in ("allOf", "anyOf"):
            several = schema.get(keyword)
            if is_list(several):
                todo += [inner for inner in several if isinstance(inner, Mapping)]


def numbers(schemas: Sequence[Schema]) -> Candidates:
    """Numbers: every bound, and between each two of them one for each way of being a multiple or not."""
    here = tuple(_here(schemas))
    named = [value for value in constants(schemas) if is_number(value)]
    points = sorted(
        {Fraction(value) for value in (*_operands(here, _BOUNDS), *named) if isinstance(value, int | Decimal)}
    )
    steps = [Fraction(value) for value in _operands(here, ("multipleOf",)) if isinstance(value, int | Decimal)]
    if any(_names_integer(schema) for schema in here):
        steps.append(Fraction(1))
    steps = sorted(set(steps))
    period = _period(steps)
    far = max(Fraction(1000), 2 * period)
    ends = [points[0] - far, *points, points[-1] + far] if points else [-far, Fraction(0), far]
    found = [
        Fraction(0),
        Fraction(1),
        *points,
        *(value for low, high in pairwise(ends) for value in _between(low, high, steps)),
    ]
    # Ways of being a multiple repeat themselves after a period; within one, every multiple is looked at.
    complete = not steps or period / steps[0] <= MAX_STEPS
    return Candidates(tuple(_plain(value) for value in dict.fromkeys(found)), complete)


def _operands(schemas: Iterable[Schema], keywords: Iterable[str]) -> Iterator[Json]:
    wanted = tuple(keywords)
    for schema in schemas:
        yield from (schema[keyword] for keyword in wanted if keyword in schema)


def _names_integer(schema: Schema) -> bool:
    named = schema.get("type")
    return "integer" in (named if is_list(named) else (named,))


def _between(low: Fraction, high: Fraction, steps: Sequence[Fraction]) -> Iterator[Fraction]:
    """Numbers strictly between two: multiples of each step, from the low end on, and some of none."""
    width = high - low
    yield from (low + width * part for part in (Fraction(1, 2), Fraction(2, 5), Fraction(123, 1000)))
    for step in dict.fromkeys([*steps, _period(steps)]):
        value, number = (low // step + 1) * step, 0
        while value < high and number <= MAX_STEPS:
            yield value
            value, number = value + step, number + 1
    if steps:
        first = (low // steps[0] + 1) * steps[0]
        beside = (first + steps[0] * Fraction(part, 100) for part in (-63, -59, 37, 41))
        yield from (value for value in beside if low < value < high)


def _period(steps: Sequence[Fraction]) -> Fraction:
    """The smallest number that is a multiple of every step; 1 without any."""
    if not steps:
        return Fraction(1)
    denominator = lcm(*(step.denominator for step in steps))
    return Fraction(lcm(*(int(step * denominator) for step in steps)), denominator)


def _plain(value: Fraction) -> Json:
    if value.denominator == 1:
        return int(value)
    return Decimal(value.numerator) / Decimal(value.denominator)


def texts(schemas: Sequence[Schema]) -> Candidates:
    """Texts: one for each combination of what patterns, lengths and constants can say of one."""
    here = tuple(_here(schemas))
    patterns = tuple(dict.fromkeys(p for p in _operands(here, ("pattern",)) if isinstance(p, str)))
    named = tuple(value for value in constants(schemas) if isinstance(value, str))
    lengths = sorted({size + more for size in _operands(here, _LENGTHS) if isinstance(size, int) for more in (0, 1)})
    if not patterns and not named:
        telling = {0, 1, *lengths, *(size - 1 for size in lengths if size)}
        return Candidates(tuple("a" * size for size in sorted(telling)))
    told = [size for size in lengths if size <= MAX_LENGTH]
    sizes = (Regex(f"^[\\s\\S]{{{size},}}") for size in told if size)
    tests: list[Regex | Exact] = [*map(Regex, patterns), *map(Exact, named), *sizes]
    found = samples(tests)
    if found is None:
        return Candidates((*named, ""), are_complete=False)
    shortest = tuple(dict.fromkeys((*named, *found.values())))
    longer = [
        text + filler * (size - len(text)) for text in shortest for size in lengths[len(told) :] for filler in "a0"
    ]
    return Candidates((*shortest, *longer), are_complete=len(told) == len(lengths))
