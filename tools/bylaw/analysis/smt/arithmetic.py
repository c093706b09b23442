"""64-bit signed arithmetic as terms, constants folded exactly.

Cedar numbers overflow with an error, never silently: each operation is a pair of the wrapped result and whether it overflowed.
Datetimes and durations are milliseconds, decimals ten-thousandths, on the same operations (Cedar RFC 80).
"""

from typing import Literal, NamedTuple, TypeAlias

from bylaw.analysis.smt.sorts import BOOL, LONG, Sort
from bylaw.analysis.smt.terms import Term, Terms

DAY = 86_400_000
"""Milliseconds."""
MIN, MAX = -(2**63), 2**63 - 1

Operator: TypeAlias = Literal["add", "sub", "mul"]


class Checked(NamedTuple):
    """A result with the condition under which it is one."""

    value: Term
    fits: Term


class Arithmetic:
    """Constructors over one store of terms."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def operate(self, operator: Operator, left: Term, right: Term, sort: Sort = LONG) -> Checked:
        """`left operator right` as `sort`."""
        if isinstance(left.data, int) and isinstance(right.data, int) and left.op == right.op == "const":
            return self._exact(_exact(operator, left.data, right.data), sort)
        if _is(right, 0) and operator != "mul":
            return Checked(self._as(left, sort), self._terms.true)
        if _is(left, 0) and operator == "add":
            return Checked(self._as(right, sort), self._terms.true)
        if operator == "mul" and (_is(left, 1) or _is(right, 1)):
            return Checked(right if _is(left, 1) else left, self._terms.true)
        if operator in {"add", "mul"} and left.id > right.id:
            left, right = right, left
        value = self._terms.operation(operator, (left, right), sort)
        return Checked(value, self._terms.not_(self._terms.operation("overflows", (left, right), BOOL, operator)))

    def negate(self, term: Term) -> Checked:
        """`-term`; the smallest number has no opposite."""
        if term.op == "const" and isinstance(term.data, int):
            return self._exact(-term.data, term.sort)
        smallest = self._terms.constant(MIN, term.sort)
        return Checked(
            self._terms.operation("neg", (term,), term.sort), self._terms.not_(self._terms.equal(term, smallest))
        )

    def less(self, left: Term, right: Term) -> Term:
        """`left < right`, signed."""
        if left.op == right.op == "const" and isinstance(left.data, int) and isinstance(right.data, int):
            return self._terms.boolean(left.data < right.data)
        if left is right or _is(left, MAX) or _is(right, MIN):
            return self._terms.false
        # One of `a < b` and `b <= a` is the other's negation: sharing them lets contradictions fold.
        return self._terms.operation("less", (left, right), BOOL)

    def at_most(self, left: Term, right: Term) -> Term:
        """`left <= right`, signed."""
        return self._terms.not_(self.less(right, left))

    def quotient(self, term: Term, divisor: int, sort: Sort = LONG) -> Term:
        """`term / divisor`, truncated toward zero; `divisor` is positive."""
        if term.op == "const" and isinstance(term.data, int):
            value = abs(term.data) // divisor
            return self._terms.constant(-value if term.data < 0 else value, sort)
        if divisor == 1:
            return self._as(term, sort)
        return self._terms.operation("quotient", (term, self._terms.constant(divisor, term.sort)), sort)

    def _remainder(self, term: Term, divisor: int) -> Term:
        return self._terms.operation("remainder", (term, self._terms.constant(divisor, term.sort)), term.sort)

    def time_of_day(self, moment: Term, sort: Sort) -> Term:
        """Milliseconds since midnight of the day of `moment`, 0 to one day, before 1970 as well."""
        if moment.op == "const" and isinstance(moment.data, int):
            return self._terms.constant(moment.data % DAY, sort)
        remainder = self._as(self._remainder(moment, DAY), sort)
        negative = self.less(remainder, self._terms.constant(0, sort))
        later = self._terms.operation("add", (remainder, self._terms.constant(DAY, sort)), sort)
        return self._terms.ite(negative, later, remainder)

    def midnight(self, moment: Term) -> Checked:
        """The start of the day of `moment`; days that begin before the first number do not fit."""
        if moment.op == "const" and isinstance(moment.data, int):
            return self._exact(moment.data - moment.data % DAY, moment.sort)
        return self.operate("sub", moment, self.time_of_day(moment, moment.sort), moment.sort)

    def _exact(self, value: int, sort: Sort) -> Checked:
        wrapped = (value - MIN) % 2**64 + MIN
        return Checked(self._terms.constant(wrapped, sort), self._terms.boolean(value == wrapped))

    def _as(self, term: Term, sort: Sort) -> Term:
        """The same number as another sort: an addition of zero, which solvers drop."""
        if term.sort == sort:
            return term
        if term.op == "const" and isinstance(term.data, int):
            return self._terms.constant(term.data, sort)
        return self._terms.operation("add", (term, self._terms.constant(0, term.sort)), sort)


def _exact(operator: Operator, left: int, right: int) -> int:
    match operator:
        case "add":
            return left + right
        case "sub":
            return left - right
        case "mul":
            return left * right


def _is(term: Term, value: int) -> bool:
    return term.op == "const" and term.data == value and term.sort is not BOOL
