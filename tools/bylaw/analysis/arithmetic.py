"""Which values a formula over 64-bit integers can take, from constants and from bounds that are known where it stands."""

from typing import NamedTuple

from bylaw.analysis.bounds import Interval, OneOf, bound_of
from bylaw.analysis.guards import known_at
from bylaw.analysis.paths import path_of
from bylaw.analysis.view import Site
from bylaw.languages.cedar.ast import Binary, Expression, Long, Negate


class Range(NamedTuple):
    """All integers from `low` to `high`, both included."""

    low: int
    high: int


LIMITS = Range(-(2**63), 2**63 - 1)


def outcome(expression: Expression, site: Site) -> Range:
    """The values `expression` would take if nothing overflowed. Wider than `LIMITS` means that it can overflow.

    A part that can overflow makes the whole do so, even where a later operation would bring it back.
    """
    match expression:
        case Long(value):
            return Range(value, value)
        case Negate(operand):
            low, high = outcome(operand, site)
            return _with_parts(Range(-high, -low), Range(low, high))
        case Binary("+" | "-" | "*" as operator, left, right):
            first, second = outcome(left, site), outcome(right, site)
            return _with_parts(_combine(operator, first, second), first, second)
        case _:
            return _known(expression, site)


def _combine(operator: str, first: Range, second: Range) -> Range:
    match operator:
        case "+":
            return Range(first.low + second.low, first.high + second.high)
        case "-":
            return Range(first.low - second.high, first.high - second.low)
        case _:
            products = [a * b for a in first for b in second]
            return Range(min(products), max(products))


def _with_parts(whole: Range, *parts: Range) -> Range:
    """`whole`, or the first part that itself overflows."""
    return next((part for part in parts if part.low < LIMITS.low or part.high > LIMITS.high), whole)


def _known(expression: Expression, site: Site) -> Range:
    path = path_of(expression)
    low, high = LIMITS
    if path is None:
        return LIMITS
    for condition in known_at(site):
        bound = bound_of(condition.expression, value=condition.value)
        if bound is None or bound.path != path or bound.domain != "long":
            continue
        match bound.allowed:
            case Interval(below, above):
                low = low if below is None else max(low, below)
                high = high if above is None else min(high, above)
            case OneOf(values):
                numbers = [value for value in values if isinstance(value, int)]
                low, high = max(low, min(numbers, default=low)), min(high, max(numbers, default=high))
            case _:
                continue
    return Range(low, high)
