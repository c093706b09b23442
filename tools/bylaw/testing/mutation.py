"""Mutation testing of policies: would any case notice if a policy were a little different?

Deciding every case anew for every mutant would take minutes. A decision is made of what each policy does by itself, so every
policy and every mutant becomes a `permit` with its own scope and clauses, all in one set: the reasons of one call tell which of
them are satisfied, its errors which of them error. The answer with a mutant in the place of its policy follows by Cedar's one rule
(a satisfied forbid denies, else a satisfied permit allows). That rule is checked against the engine's own answer for the
unmutated policies in every case; a disagreement would be our bug and ends the run.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from bylaw.evaluation.cedar import decides
from bylaw.evaluation.engine import SLICE_ABOVE, Engine, Result
from bylaw.evaluation.probe import subjects
from bylaw.evaluation.units import Unit
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.program import CedarProgram
from bylaw.model.decisions import Answer, Decision, PolicyError
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import PolicyId
from bylaw.testing.case import Case
from bylaw.testing.judge import judge
from bylaw.testing.mutants import Direction, Generated, Mutant, equal_by_types, generate, instances
from bylaw.testing.ratio import Ratio
from bylaw.testing.runner import CaseResult, Status

Prove = Callable[[Mutant], bool | None]
"""Whether a mutant decides like the original in every request; none when that cannot be told."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    """Proven to decide like the original: no case could kill it."""


@dataclass(frozen=True, slots=True)
class MutantResult:
    """One mutant."""

    mutant: Mutant
    fate: Fate
    killed_by: str | None = None
    """The name of the first case that fails with it."""
    unproven: bool = False
    """A survivor of which a proof said neither "equivalent" nor "different"."""


@dataclass(frozen=True)
class MutationReport:
    """The mutants of one app, in the order of policies and places."""

    app: str
    results: tuple[MutantResult, ...]
    cases: int
    """Cases that could kill: those that pass."""
    invalid: int
    left_out: int

    @cached_property
    def survivors(self) -> tuple[MutantResult, ...]:
        """What no case noticed: what widens first, then by policy and place."""
        survived = [result for result in self.results if result.fate is Fate.SURVIVED]
        return tuple(sorted(survived, key=_survivor_order))

    @property
    def score(self) -> Ratio:
        """Killed of those that could be."""
        killed = sum(result.fate is Fate.KILLED for result in self.results)
        return Ratio(killed, killed + len(self.survivors))

    @property
    def equivalent(self) -> int:
        """How many were proven to decide alike."""
        return sum(result.fate is Fate.EQUIVALENT for result in self.results)

    @property
    def widening(self) -> tuple[MutantResult, ...]:
        """The survivors that allow more: each is a missing negative test."""
        return tuple(result for result in self.survivors if result.mutant.direction is Direction.WIDENS)


def _survivor_order(result: MutantResult) -> tuple[int, str, tuple[int, int], str]:
    mutant = result.mutant
    return (list(Direction).index(mutant.direction), mutant.policy, mutant.span.start, mutant.id)


def mutate(
    program: CedarProgram,
    results: Iterable[CaseResult],
    *,
    policies: Collection[PolicyId] | None = None,
    per_policy: int | None = None,
    limit: int | None = None,
    prove: Prove | None = None,
) -> MutationReport:
    """Mutate `program` and see which mutants the passed ones among `results` kill.

    Args:
        program: What the results are of.
        results: A run of the app's suites; cases that fail or were skipped kill nothing.
        policies: Ids of the policies and templates to mutate; all without it.
        per_policy: At most so many mutants of each policy.
        limit: At most so many mutants altogether.
        prove: Asked about survivors that the types alone do not show to be equivalent.
    """
    generated = generate(program, policies=policies, per_policy=per_policy, limit=limit)
    passed = [result for result in results if result.status is Status.PASSED and result.answer is not None]
    killed = _Hunt(program, generated).run(passed)
    return MutationReport(
        app=program.app,
        results=tuple(
            _result(mutant, killed.get(number), program, prove) for number, mutant in enumerate(generated.mutants)
        ),
        cases=len(passed),
        invalid=generated.invalid,
        left_out=generated.left_out,
    )


def _result(mutant: Mutant, killer: Case | None, program: CedarProgram, prove: Prove | None) -> MutantResult:
    if killer is not None:
        return MutantResult(mutant, Fate.KILLED, killer.name)
    if equal_by_types(mutant, program):
        return MutantResult(mutant, Fate.EQUIVALENT)
    equal = prove(mutant) if prove else False
    return (
        MutantResult(mutant, Fate.EQUIVALENT) if equal else MutantResult(mutant, Fate.SURVIVED, unproven=equal is None)
    )


class _Part(NamedTuple):
    """A policy as one position of the big set."""

    policy: PolicyId
    forbids: bool


class _Hunt:
    """One big set of originals and mutants, and the cases run against it."""

    def __init__(self, program: CedarProgram, generated: Generated) -> None:
        originals = [s for s in subjects(program.policies, program.links) if decides(s.policy)]
        self._originals = len(originals)
        self._parts = [_Part(s.id, s.statement.effect == "forbid") for s in originals]
        units = [_as_permit(s.statement) for s in originals]
        owners = defaultdict(list)
        for position, subject in enumerate(originals):
            owners[subject.policy.ref.policy].append(position)
        self._replaced: list[tuple[int, ...]] = []  # per mutant: the positions it takes out
        self._added: list[tuple[int, ...]] = []  # and those it puts in
        for mutant in generated.mutants:
            self._replaced.append(tuple(owners[mutant.policy]))
            added = []
            for policy, statement in instances(mutant, program):
                added.append(len(units))
                units.append(_as_permit(statement))
                self._parts.append(_Part(policy, statement.effect == "forbid"))
            self._added.append(tuple(added))
        whole = len(originals) <= SLICE_ABOVE
        self._engine = Engine(units, program.schema, program.entities_json, slice_above=len(units) if whole else 0)

    def run(self, results: Sequence[CaseResult]) -> dict[int, Case]:
        """By position of the mutant the first case that kills it."""
        by_store: dict[int, list[CaseResult]] = {}
        for result in results:
            by_store.setdefault(id(result.case.entities), []).append(result)
        alive = dict.fromkeys(range(len(self._added)))
        killed: dict[int, Case] = {}
        for group in by_store.values():
            answers = self._engine.run([one.case.request for one in group], group[0].case.entities)
            for one, answer in zip(group, answers, strict=True):
                for mutant in self._kills(one, answer, alive):
                    killed[mutant] = one.case
                    del alive[mutant]
        return killed

    def _kills(self, result: CaseResult, seen: Result, alive: Iterable[int]) -> list[int]:
        satisfied, errors = frozenset(seen.reasons), dict(seen.errors)
        originals = [p for p in (*seen.reasons, *errors) if p < self._originals]
        if self._answer(originals, satisfied, errors) != _bare(result.answer):
            raise InternalError(f"mutation disagrees with the engine about `{result.case.name}`", help="report it")
        active = satisfied | errors.keys()
        found = []
        for mutant in alive:
            out, added = self._replaced[mutant], [p for p in self._added[mutant] if p in active]
            if not added and active.isdisjoint(out):
                continue
            answer = self._answer([*(p for p in originals if p not in out), *added], satisfied, errors)
            if judge(result.case.expected, answer):
                found.append(mutant)
        return found

    def _answer(self, positions: Iterable[int], satisfied: frozenset[int], errors: dict[int, str]) -> Answer:
        parts = [(self._parts[position], position) for position in positions]
        forbids = sorted(part.policy for part, position in parts if part.forbids and position in satisfied)
        permits = sorted(part.policy for part, position in parts if not part.forbids and position in satisfied)
        errored = sorted(part.policy for part, position in parts if position in errors)
        return Answer(
            decision=Decision.ALLOW if permits and not forbids else Decision.DENY,
            determining=tuple(forbids or permits),
            errors=tuple(PolicyError(policy, "") for policy in errored),
        )


def _bare(answer: Answer | None) -> Answer | None:
    """The answer without messages and without codes: what the rule of combination gives."""
    return answer and Answer(
        answer.decision, answer.determining, tuple(PolicyError(e.policy, "") for e in answer.errors)
    )


def _as_permit(statement: Statement) -> Unit:
    permit = statement._replace(effect="permit", annotations=())
    return Unit(canonical_text(permit), permit.scopes)
