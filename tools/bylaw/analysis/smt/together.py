"""The policies of one environment as a set: what others cover, what forbids deny, what the set as a whole does.

Every policy is compiled and told to the solver once; what is asked are assumptions about which of them are satisfied, so that one
check sees unions that no comparison of pairs does. A policy has two names: one implies that it is satisfied, the other that it is
not; names that are not assumed cost next to nothing. A finding is always an unsatisfiable check, which is a proof.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from bylaw.analysis.smt.orders import Orders
from bylaw.analysis.smt.overlap import Overlap, conjuncts
from bylaw.analysis.smt.port import Satisfiability
from bylaw.analysis.smt.refinement import likes
from bylaw.analysis.smt.room import OUT_OF_TIME
from bylaw.analysis.smt.singly import Place
from bylaw.analysis.smt.sorts import BOOL
from bylaw.analysis.smt.subjects import Subject
from bylaw.analysis.smt.terms import Term
from bylaw.model.identifiers import PolicyRef

MAX_REFINED = 64
"""Patterns of a set up to which a model is held against real strings. Above, some findings are missed; none is wrong."""
MAX_MINIMISED = 12
"""Policies of an explanation that are tried to be left out."""


class NotSettledError(Exception):
    """The solver gave up; the message says why."""


class Together:
    """The policies that can be satisfied in one environment.

    Raises:
        NotSettledError: from every method that asks.
    """

    def __init__(self, subjects: Sequence[Subject], place: Place) -> None:
        self._limits = place.options.limits
        self._in_time = place.options.in_time
        self._room = place.room()
        self._refs = [subject.ref for subject in subjects]
        self._numbers = {ref: number for number, ref in enumerate(self._refs)}
        self._effects = [subject.effect for subject in subjects]
        compiled = [self._room.compile(subject).satisfied for subject in subjects]
        orders = Orders(self._room.terms, compiled)
        self._satisfied = [orders.rewrite(condition) for condition in compiled]
        self._conjuncts = [frozenset(conjuncts(condition)) for condition in self._satisfied]
        self._overlap = Overlap(self._satisfied)
        self._deciding: dict[int, bool] = {}
        self._definitions: list[Term] = []
        self._met = [self._name("met", condition) for condition in self._satisfied]
        self._unmet = [self._name("unmet", self._room.terms.not_(condition)) for condition in self._satisfied]
        self._some = {effect: self._name("some", self._any(effect)) for effect in ("permit", "forbid")}
        self._room.query.require([*self._definitions, *orders.axioms()])
        self._room.query.name(self._satisfied)
        patterns = likes(self._room.query.terms).atoms.values()
        self._refines = 0 < sum(map(len, patterns)) <= MAX_REFINED

    def covered(self, ref: PolicyRef, without: Collection[PolicyRef] = frozenset()) -> tuple[PolicyRef, ...] | None:
        """Other policies of its effect, none of those in `without`, that are satisfied wherever `ref` is; none if they are not."""
        number = self._numbers[ref]
        if self._decides(number):
            return None
        others = self._beside(number, self._effects[number])
        return self._implied(number, [other for other in others if self._refs[other] not in without])

    def overridden(self, permit: PolicyRef) -> tuple[PolicyRef, ...] | None:
        """Forbids that deny all that `permit` would allow; none if they do not."""
        number = self._numbers[permit]
        return None if self._decides(number) else self._implied(number, self._beside(number, "forbid"))

    def is_dead(self, forbid: PolicyRef) -> bool:
        """Whether no request satisfies both `forbid` and some permit."""
        number = self._numbers[forbid]
        if self._decides(number):
            return False
        permits = self._beside(number, "permit")
        return not permits or not self._possible([self._met[number], self._some["permit"]])

    def _decides(self, number: int) -> bool:
        """Whether a policy alone makes the decision for some request. Most do, and all else follows from that one answer."""
        known = self._deciding.get(number)
        if known is None:
            known = self._deciding[number] = self._can_decide(number)
        return known

    def _can_decide(self, number: int) -> bool:
        unmet = [self._unmet[other] for other in self._beside(number, "forbid")]
        if self._effects[number] == "forbid":
            return self._possible(dict.fromkeys([self._met[number], self._some["permit"], *unmet]))
        unmet += (self._unmet[other] for other in self._beside(number, "permit"))
        # That it can be satisfied is known.
        return not unmet or self._possible(dict.fromkeys([self._met[number], *unmet]))

    def denying_all(self) -> tuple[PolicyRef, ...]:
        """Forbids of which every request satisfies one; none if there are no such."""
        return self._jointly([], self._of("forbid")) or ()

    def allows_all(self) -> bool:
        """Whether every request satisfies a permit and no forbid."""
        if self._possible([self._some["forbid"]]):
            return False
        return self._jointly([], self._of("permit")) is not None

    def allows_none(self) -> bool:
        """Whether no request satisfies a permit and no forbid."""
        unmet = dict.fromkeys(self._unmet[number] for number in self._of("forbid"))
        return not self._possible([self._some["permit"], *unmet])

    def _of(self, effect: str) -> list[int]:
        return [number for number, own in enumerate(self._effects) if own == effect]

    def _any(self, effect: str) -> Term:
        return self._room.terms.or_(self._satisfied[number] for number in self._of(effect))

    def _beside(self, number: int, effect: str) -> list[int]:
        """The policies of `effect` that may be satisfied together with another."""
        return [other for other in self._overlap.of(number) if other != number and self._effects[other] == effect]

    def _implied(self, number: int, by: Iterable[int]) -> tuple[PolicyRef, ...] | None:
        others = list(by)
        for other in others:
            if self._conjuncts[other] <= self._conjuncts[number]:
                return (self._refs[other],)
        return self._jointly([self._met[number]], others) if others else None

    def _jointly(self, given: list[Term], others: Iterable[int]) -> tuple[PolicyRef, ...] | None:
        """Few of `others` such that one is satisfied wherever `given` holds; none if not even all are enough."""
        # Of policies that say the same the first stands for all.
        names = {self._unmet[number]: self._refs[number] for number in reversed(list(others))}
        core = self._core(given, names)
        if core is None:
            return None
        if len(core) <= MAX_MINIMISED:
            for name in sorted(core, key=names.__getitem__, reverse=True):
                if name in core and len(core) > 1:
                    core = self._core(given, {other: names[other] for other in core if other is not name}) or core
        return tuple(sorted(names[name] for name in core))

    def _core(self, given: Sequence[Term], names: Mapping[Term, PolicyRef]) -> frozenset[Term] | None:
        """What of `names` cannot hold together where `given` does; none if all can."""
        ordered = sorted(names, key=names.__getitem__)
        settled = [name for name in ordered if name is self._room.terms.false]
        if settled:
            return frozenset(settled)
        if self._possible([*given, *ordered]):
            return None
        return self._room.query.solver.core() & names.keys()

    def _possible(self, assumptions: Iterable[Term]) -> bool:
        """Whether all can hold together. After false there is a core, unless one of them is constant."""
        assumed = [term for term in assumptions if term is not self._room.terms.true]
        if self._room.terms.false in assumed:
            return False
        if not self._in_time():
            raise NotSettledError(OUT_OF_TIME)
        check = self._room.query.solver.check(assumed, self._limits)
        if check.answer is Satisfiability.UNKNOWN:
            raise NotSettledError(check.reason)
        if check.answer is Satisfiability.SAT and self._refines:
            check = self._room.query.check(assumed)
        return check.answer is not Satisfiability.UNSAT

    def _name(self, prefix: str, condition: Term) -> Term:
        """What to assume for `condition` to hold."""
        terms = self._room.terms
        if condition.op == "const":
            return condition
        name = terms.apply(terms.function(f"{prefix} {condition.id}", (), BOOL))
        self._definitions.append(terms.implies(name, condition))
        return name
