"""A request that tells a changed program from the original, or a proof that no test case can.

A case sees the decision, the determining policies and the errors. So a change is equivalent only where none of the three ever
differs; a request that is decided otherwise is shown before one of which merely the determining policies, or the errors, differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.frame import NotAnalysableError
from bylaw.analysis.smt.places import Place, Places
from bylaw.analysis.smt.policies import Compiled
from bylaw.analysis.smt.port import Satisfiability
from bylaw.analysis.smt.properties import allows, newly_allows
from bylaw.analysis.smt.replay import Replay
from bylaw.analysis.smt.room import OUT_OF_TIME
from bylaw.analysis.smt.subjects import Subject
from bylaw.analysis.smt.terms import Term, Terms
from bylaw.evaluation.interface import MalformedRequestError
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.schema import Environment
from bylaw.languages.cedar.typer import environments_of
from bylaw.model.decisions import Answer
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import PolicyId

NOT_SHOWN = "only entities that contradict the stable ones of the app would tell it"


class Change(NamedTuple):
    """One change of a program."""

    replaced: frozenset[PolicyId]
    """The policies and links that no longer decide."""
    statements: tuple[tuple[PolicyId, Statement], ...]
    """What decides in their place."""


class Equivalent(NamedTuple):
    """Proved: no case can tell."""


@dataclass(frozen=True, slots=True)
class Told:
    """A request that tells the two apart, as the engine said of both, in the store of a case."""

    concrete: Concrete
    before: Answer
    after: Answer

    @property
    def decides(self) -> bool:
        """Whether the decisions differ, and not merely what determines them."""
        return self.before.decision is not self.after.decision


class Unsettled(NamedTuple):
    """Neither a request nor a proof was found."""

    reason: str


Telling: TypeAlias = Equivalent | Told | Unsettled


def tell(places: Places, change: Change) -> Telling:
    """A request that tells `change`, from the first environment in which decisions differ; else one with other policies.

    Raises:
        InternalError: the engine contradicts an example.
    """
    best: Told | None = None
    doubt = ""
    for found in _tellings(places, change):
        if isinstance(found, Told) and found.decides:
            return found
        if isinstance(found, Told):
            best = best or found
        elif isinstance(found, Unsettled):
            doubt = doubt or found.reason
    return best or (Unsettled(doubt) if doubt else Equivalent())


def differs(places: Places, change: Change) -> bool | None:
    """Whether some case could tell `change`, without looking for one; none where that is not settled."""
    unknown = False
    for place in places.of(_environments(places, change)):
        if not places.options.in_time():
            return None
        try:
            answer = place.check(place.room.terms.or_(_Pair(place, change, places).differences)).answer
        except NotAnalysableError:
            answer = Satisfiability.UNKNOWN
        if answer is Satisfiability.SAT:
            return True
        unknown = unknown or answer is Satisfiability.UNKNOWN
    return None if unknown else False


def _tellings(places: Places, change: Change) -> Iterator[Telling]:
    for place in places.of(_environments(places, change)):
        if not places.options.in_time():
            yield Unsettled(OUT_OF_TIME)
            return
        try:
            yield _settled(place, change, places)
        except NotAnalysableError as error:
            yield Unsettled(f"not analysable: {error}")


def _settled(place: Place, change: Change, places: Places) -> Telling:
    """Proofs share what was compiled for others; an example is looked for anew."""
    check = place.check(place.room.terms.or_(_Pair(place, change, places).differences))
    if check.answer is Satisfiability.UNSAT:
        return Equivalent()
    return _Pair(places.fresh(place.environment), change, places).tell()


def _environments(places: Places, change: Change) -> Iterator[Environment]:
    """Where either side of a change can apply."""
    before = (places.subjects[policy].statement for policy in change.replaced if policy in places.subjects)
    for statement in (*before, *(statement for _, statement in change.statements)):
        yield from environments_of(statement, places.schema)


class _Pair:
    """The original and the changed program in one environment.

    Raises:
        NotAnalysableError: a policy has no terms.
    """

    def __init__(self, place: Place, change: Change, places: Places) -> None:
        self._place = place
        self._terms = place.room.terms
        kept = tuple(subject for subject in place.subjects if subject.id not in change.replaced)
        self._gone = tuple(subject for subject in place.subjects if subject.id in change.replaced)
        self._added = tuple(
            _subject(places, policy, statement)
            for policy, statement in change.statements
            if place.environment in environments_of(statement, places.schema)
        )
        self._after = (*kept, *self._added)
        self.differences = self._differences()

    def _differences(self) -> tuple[Term, Term, Term]:
        """What a case can see, most telling first: the decision, the determining policies, the errors."""
        terms, before, after = self._terms, self._place.set, self._place.set_of(self._after)
        decisions = terms.or_((newly_allows(before, after, terms), newly_allows(after, before, terms)))
        permits = _changed(before.permits, after.permits, terms)
        both = terms.and_((permits, allows(before, terms), allows(after, terms)))
        determining = terms.or_((_changed(before.forbids, after.forbids, terms), both))
        return decisions, determining, self._errors()

    def _errors(self) -> Term:
        compiled = [{s.id: self._place.compile(s).ok for s in side} for side in (self._gone, self._added)]
        true = self._terms.true
        return self._terms.or_(
            self._terms.not_(self._terms.equal(compiled[0].get(policy, true), compiled[1].get(policy, true)))
            for policy in sorted({*compiled[0], *compiled[1]})
        )

    def tell(self) -> Telling:
        """The most telling request of this environment, which has one unless that is not settled."""
        doubt = ""
        for wanted in self.differences:
            check, example = self._place.witness(wanted)
            found = None if example is None else self._told(example)
            if found is not None:
                return found
            doubt = check.reason or doubt
        return Unsettled(doubt or NOT_SHOWN)

    def _told(self, example: Concrete) -> Told | None:
        place = self._place
        replays = place.replay, Replay(self._after, place.schema)
        _confirm(example, replays)
        first = _answers(place.stored(example), replays)
        telling = _essence(first[0]) != _essence(first[1])
        decides = first[0].decision is not first[1].decision

        def holds(candidate: Concrete) -> bool:
            before, after = _answers(candidate, replays)
            if decides:
                return before.decision is first[0].decision and after.decision is first[1].decision
            return (_essence(before), _essence(after)) == (_essence(first[0]), _essence(first[1]))

        small = place.shown(example, holds) if telling else None
        return None if small is None else Told(small, *_answers(place.stored(small), replays))


def _changed(before: Sequence[Compiled], after: Sequence[Compiled], terms: Terms) -> Term:
    """That some policy is satisfied on one side alone."""
    sides = [{policy.policy: policy.satisfied for policy in side} for side in (before, after)]
    return terms.or_(
        terms.not_(terms.equal(sides[0].get(policy, terms.false), sides[1].get(policy, terms.false)))
        for policy in sorted({*sides[0], *sides[1]})
    )


def _subject(places: Places, policy: PolicyId, statement: Statement) -> Subject:
    original = places.subjects[policy]
    return Subject(original.ref, statement, replace(original.policy, ref=original.ref, statement=statement))


def _answers(example: Concrete, replays: tuple[Replay, Replay]) -> tuple[Answer, Answer]:
    return replays[0].answer(example), replays[1].answer(example)


def _confirm(example: Concrete, replays: tuple[Replay, Replay]) -> None:
    """Let the engine see the difference that was proved, whatever the stable entities are.

    Raises:
        InternalError: it sees none, or refuses the example.
    """
    try:
        before, after = _answers(example, replays)
        problem = "" if _essence(before) != _essence(after) else "it answers alike what should differ"
    except MalformedRequestError as error:
        problem = f"it refuses a counterexample: {error}"
    if problem:
        help_ = "no result is given; report it with the policies and the schema"
        raise InternalError(f"the engine contradicts the analysis: {problem}", help=help_)


def _essence(answer: Answer) -> tuple[object, ...]:
    return (answer.decision, answer.determining, sorted(error.policy for error in answer.errors))
