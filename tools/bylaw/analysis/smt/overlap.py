"""Which conditions may hold together, by their form: cheap, and enough to keep most policies out of most checks."""

from collections.abc import Iterator, Sequence

from bylaw.analysis.smt.terms import Term


class Overlap:
    """Conditions by the constants that they demand of unknowns.

    Those that demand different constants of one unknown never hold together: policies for two agents, or one that demands a flag
    and one that excludes it. Sets of conditions are the bits of a number.
    """

    def __init__(self, conditions: Sequence[Term]) -> None:
        self._demands = [dict(_demands(condition)) for condition in conditions]
        self._all = (1 << len(conditions)) - 1
        self._any: dict[Term, int] = {}
        self._each: dict[tuple[Term, Term | bool], int] = {}
        for number, demands in enumerate(self._demands):
            for unknown, values in demands.items():
                self._any[unknown] = self._any.get(unknown, 0) | 1 << number
                for value in values:
                    self._each[unknown, value] = self._each.get((unknown, value), 0) | 1 << number

    def of(self, number: int) -> list[int]:
        """The conditions that may hold together with one, itself among them; ascending."""
        found = self._all
        for unknown, values in self._demands[number].items():
            shared = 0
            for value in values:
                shared |= self._each[unknown, value]
            found &= shared | ~self._any[unknown]
        return [other for other, bit in enumerate(reversed(f"{found:b}")) if bit == "1"]


def conjuncts(condition: Term) -> tuple[Term, ...]:
    """The terms that must all hold for `condition` to hold."""
    if condition.op == "const" and condition.data:
        return ()
    return condition.args if condition.op == "and" else (condition,)


def _demands(condition: Term) -> Iterator[tuple[Term, frozenset[Term | bool]]]:
    for part in conjuncts(condition):
        yield (part.args[0], frozenset({False})) if part.op == "not" else (part, frozenset({True}))
        pairs = [_equation(one) for one in (part.args if part.op == "or" else (part,))]
        unknowns = {pair[0] for pair in pairs if pair is not None}
        if len(unknowns) == 1 and None not in pairs:
            yield unknowns.pop(), frozenset(pair[1] for pair in pairs if pair is not None)


def _equation(term: Term) -> tuple[Term, Term] | None:
    """What of `x == constant`."""
    if term.op != "eq":
        return None
    left, right = term.args
    if left.op == "const":
        left, right = right, left
    return (left, right) if right.op == "const" and left.op != "const" else None
