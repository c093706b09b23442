"""What holds of policies by themselves in one environment: whether they can be satisfied, can err, and which parts are constant.

Policies are asked about in small batches, each with a solver of its own: a check costs the more, the more its solver was told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import NamedTuple, Protocol

from bylaw.analysis.smt.compiler import Compiler
from bylaw.analysis.smt.constancy import Evaluated, Part, Parts, evaluated
from bylaw.analysis.smt.frame import CLOSED, OPEN, NotAnalysableError, World
from bylaw.analysis.smt.goals import Goals
from bylaw.analysis.smt.policies import Compiled, PolicyCompiler
from bylaw.analysis.smt.port import Satisfiability
from bylaw.analysis.smt.room import OUT_OF_TIME, Options, Room
from bylaw.analysis.smt.subjects import Subject
from bylaw.analysis.smt.terms import Term
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.model.identifiers import PolicyRef

BATCH = 16

_SAT, _UNSAT = Satisfiability.SAT, Satisfiability.UNSAT


class Alone(NamedTuple):
    """What holds of one policy in one environment. A claim is false where it is not settled."""

    satisfiable: bool = False
    never: bool = False
    always_errs: bool = False
    can_err: bool = False
    never_errs: bool = False
    unconditional: bool = False
    is_compiled: bool = True
    parts: tuple[tuple[Part, bool | None], ...] = ()
    """Those evaluated for some request, each with the value it always has; none where it varies, errs or is not settled."""
    reason: str = ""
    """Why something is not settled."""


class Place(NamedTuple):
    """Where policies are looked at, and how."""

    environment: Environment
    schema: Schema
    options: Options

    def room(self, world: World = CLOSED) -> Room:
        """A room of its own."""
        return Room(self.environment, self.schema, replace(self.options, world=world))


def alone(
    subjects: Sequence[Subject], place: Place, parts: Mapping[PolicyRef, Parts]
) -> Iterator[tuple[Subject, Alone]]:
    """What holds of each of `subjects`; of parts that `parts` knows to vary nothing is asked.

    A policy that was not settled among others is asked about again by itself: what made the query hard may be another's.
    """
    for batch in _batches(subjects):
        if not place.options.in_time():
            yield from ((subject, Alone(is_compiled=False, reason=OUT_OF_TIME)) for subject in batch)
            continue
        for subject, found in _Study(batch, place).results(parts):
            if found.reason and len(batch) > 1:
                yield from _Study([subject], place).results(parts)
            else:
                yield subject, found


def errs_on_missing(subjects: Sequence[Subject], place: Place) -> Iterator[tuple[Subject, Alone]]:
    """Whether each of `subjects` can err where entities may be missing from the store. Nothing else of the result is meant."""
    for batch in _batches(subjects):
        if not place.options.in_time():
            yield from ((subject, Alone(reason=OUT_OF_TIME)) for subject in batch)
            continue
        room = place.room(OPEN)
        errors = [room.terms.not_(room.compile(subject).ok) for subject in batch]
        goals = Goals(room, place.options.limits, errors)
        for subject, error in zip(batch, errors, strict=True):
            check = goals.possible(error)
            yield subject, Alone(can_err=check.answer is _SAT, never_errs=check.answer is _UNSAT, reason=check.reason)


def _batches(subjects: Sequence[Subject]) -> Iterator[Sequence[Subject]]:
    for start in range(0, len(subjects), BATCH):
        yield subjects[start : start + BATCH]


class _Told(NamedTuple):
    """One policy, compiled with its parts."""

    compiled: Compiled
    scope: Term
    parts: Sequence[Evaluated]
    goals: Sequence[Term]


class _Study:
    """A batch of policies in one room."""

    def __init__(self, subjects: Sequence[Subject], place: Place) -> None:
        self._subjects = subjects
        self._limits = place.options.limits
        self._room = place.room()
        self._compiler = Compiler(self._room.frame)
        self._policies = PolicyCompiler(self._room.frame)

    def results(self, parts: Mapping[PolicyRef, Parts]) -> Iterator[tuple[Subject, Alone]]:
        """What holds of each."""
        told = [self._tell(subject, parts[subject.ref]) for subject in self._subjects]
        wanted = (goal for found in told if isinstance(found, _Told) for goal in found.goals)
        goals = Goals(self._room, self._limits, wanted)
        for subject, found in zip(self._subjects, told, strict=True):
            if isinstance(found, _Told):
                yield subject, _settle(found, goals)
            else:
                yield subject, Alone(is_compiled=False, reason=found)

    def _tell(self, subject: Subject, parts: Parts) -> _Told | str:
        terms = self._room.terms
        try:
            compiled = self._room.compile(subject)
        except NotAnalysableError as problem:
            return f"not analysable: {problem}"
        scope = self._policies.scope(subject.statement)
        walked = evaluated(subject.statement, scope, self._compiler, terms)
        still = [one for one in walked if parts.is_open(one.part)]
        of_parts = (goal for one in still for goal in (one.holds, one.fails, one.errs))
        unmet, error = terms.not_(compiled.satisfied), terms.not_(compiled.ok)
        admitted = terms.and_((scope, compiled.ok))
        return _Told(compiled, scope, still, (compiled.satisfied, unmet, scope, error, admitted, *of_parts))


def _settle(told: _Told, goals: Goals) -> Alone:
    reasons: list[str] = []

    def answer(goal: Term, *, look: bool = True) -> Satisfiability:
        # A model costs as much as a check: one where a part fails shows little else.
        check = goals.possible(goal, told.goals if look else ())
        if check.answer is Satisfiability.UNKNOWN:
            reasons.append(check.reason)
        return check.answer

    satisfied, unmet, scope, error, admitted = map(answer, told.goals[:5])
    judged = [(one.part, _judge(one, answer)) for one in told.parts]
    return Alone(
        satisfiable=satisfied is _SAT,
        never=satisfied is _UNSAT,
        always_errs=admitted is _UNSAT and scope is _SAT,
        can_err=error is _SAT,
        never_errs=error is _UNSAT,
        unconditional=unmet is _UNSAT,
        parts=tuple(
            (part, None if value is _Value.VARIES else value is _Value.TRUE)
            for part, value in judged
            if value is not _Value.NONE
        ),
        reason=reasons[0] if reasons else "",
    )


class _Ask(Protocol):
    def __call__(self, goal: Term, *, look: bool = True) -> Satisfiability: ...


class _Value(Enum):
    TRUE = "true"
    FALSE = "false"
    VARIES = "varies"
    """Or errs, or is not settled."""
    NONE = "none"
    """It is never evaluated."""


def _judge(one: Evaluated, answer: _Ask) -> _Value:
    found = (answer(one.holds), answer(one.fails, look=False))
    if found == (_SAT, _SAT) or Satisfiability.UNKNOWN in found or answer(one.errs) is not _UNSAT:
        return _Value.VARIES
    return {(_UNSAT, _UNSAT): _Value.NONE, (_SAT, _UNSAT): _Value.TRUE}.get(found, _Value.FALSE)
