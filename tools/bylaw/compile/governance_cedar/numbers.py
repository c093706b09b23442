"""Bounds of numbers in the two types that Cedar has for them: whole numbers of 64 bits, and such with four decimals."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

from bylaw.compile.governance_cedar.formulas import Formula, InexpressibleError
from bylaw.languages.cedar.schema import ExtensionType, PrimitiveType, Type

_LEAST, _MOST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Numbers:
    """One type of numbers: multiples of a unit that 64 bits count."""

    units: int
    """In one."""
    comparisons: Mapping[str, str]
    """How each is written of a value and a literal."""

    def literal(self, count: int) -> str:
        """So many units."""
        if self.units == 1:
            return str(count)
        whole, rest = divmod(abs(count), self.units)
        digits = f"{rest:04}".rstrip("0") or "0"
        return f'decimal("{"-" if count < 0 else ""}{whole}.{digits}")'

    def exactly(self, number: Fraction) -> int | None:
        """How many units a number is; none where it is no such number."""
        count = number * self.units
        return int(count) if count.denominator == 1 and _LEAST <= count <= _MOST else None

    def at_least(self, value: str, limit: Fraction, *, above: bool = False) -> Formula:
        """Whether a value is at least `limit`, or above it."""
        count = limit * self.units
        if above and count.denominator == 1 and _LEAST <= count < _MOST:
            return self._compare(value, ">", int(count))
        least = floor(count) + 1 if above else ceil(count)
        return self._compare(value, ">=", least) if _LEAST < least <= _MOST else least <= _LEAST

    def at_most(self, value: str, limit: Fraction, *, below: bool = False) -> Formula:
        """Whether a value is at most `limit`, or below it."""
        count = limit * self.units
        if below and count.denominator == 1 and _LEAST < count <= _MOST:
            return self._compare(value, "<", int(count))
        most = ceil(count) - 1 if below else floor(count)
        return self._compare(value, "<=", most) if _LEAST <= most < _MOST else most >= _MOST

    def multiple(self, step: Fraction) -> Formula:
        """Whether every value is a multiple of `step`.

        Raises:
            InexpressibleError: some are and some are not.
        """
        if (Fraction(1, self.units) / step).denominator == 1:
            return True
        raise InexpressibleError("Cedar does not divide")

    def _compare(self, value: str, sign: str, count: int) -> str:
        return self.comparisons[sign].format(value, self.literal(count))


LONG: Final = Numbers(1, {sign: f"{{}} {sign} {{}}" for sign in ("<", "<=", ">", ">=")})
DECIMAL: Final = Numbers(
    10_000,
    {
        "<": "{}.lessThan({})",
        "<=": "{}.lessThanOrEqual({})",
        ">": "{}.greaterThan({})",
        ">=": "{}.greaterThanOrEqual({})",
    },
)


def numbers_of(type_: Type) -> Numbers | None:
    """The numbers of a type; none where it has none."""
    if type_ == PrimitiveType("Long"):
        return LONG
    return DECIMAL if type_ == ExtensionType("decimal") else None
