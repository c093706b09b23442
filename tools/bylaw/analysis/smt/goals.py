"""Whether terms can be true, for many terms of one query: each model settles as many of them as it happens to make true."""

from collections.abc import Iterable

from bylaw.analysis.smt.orders import Orders
from bylaw.analysis.smt.port import Check, Limits, Satisfiability
from bylaw.analysis.smt.room import Room
from bylaw.analysis.smt.sorts import BOOL
from bylaw.analysis.smt.terms import Term

_SAT, _UNSAT = Check(Satisfiability.SAT), Check(Satisfiability.UNSAT)


class Goals:
    """Terms of one room that are going to be asked for, all told to the solver at once.

    A goal has a name that implies it. Names that are not assumed cost the solver nothing.
    """

    def __init__(self, room: Room, limits: Limits, goals: Iterable[Term]) -> None:
        self._query = room.query
        self._limits = limits
        self._seen: set[Term] = set()
        terms, wanted = room.terms, [goal for goal in dict.fromkeys(goals) if goal.op != "const"]
        names = [terms.apply(terms.function(f"goal {number}", (), BOOL)) for number in range(len(wanted))]
        self._names = dict(zip(wanted, names, strict=True))
        orders = Orders(terms, wanted)
        self._told = {goal: orders.rewrite(goal) for goal in wanted}
        self._query.require([terms.implies(name, self._told[goal]) for goal, name in self._names.items()])
        self._query.require(orders.axioms())
        self._query.name(self._told.values())
        self._refines = any(term.op == "like" for term in self._query.terms)

    def possible(self, goal: Term, beside: Iterable[Term] = ()) -> Check:
        """Whether `goal`, one of those told or a constant, can be true. Which goals `beside` it are true too the model tells."""
        if goal.op == "const":
            return _SAT if goal.data else _UNSAT
        if goal in self._seen:
            return _SAT
        check = self._query.solver.check([self._names[goal]], self._limits)
        if check.answer is Satisfiability.SAT and self._refines:
            check = self._query.check([self._names[goal]])
        if check.answer is Satisfiability.SAT:
            self._seen.add(goal)
            self._look(beside)
        return check

    def _look(self, goals: Iterable[Term]) -> None:
        fresh = [goal for goal in goals if goal in self._names and goal not in self._seen]
        values = self._query.solver.values([self._told[goal] for goal in fresh]) if fresh else []
        self._seen.update(goal for goal, value in zip(fresh, values, strict=True) if value)
