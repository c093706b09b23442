"""Mutation testing of policies: would any case notice if a policy were a little different?"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Generic

from bylaw.languages.cedar.program import CedarProgram
from bylaw.model.identifiers import PolicyId
from bylaw.testing.case import Case
from bylaw.testing.hunt import Hunt
from bylaw.testing.mutant import BaseMutant, Direction, MutantT_co
from bylaw.testing.mutants import Mutant, equal_by_types, generate
from bylaw.testing.ratio import Ratio
from bylaw.testing.runner import CaseResult, Status

Prove = Callable[[Mutant], bool | None]
"""Whether a mutant answers like the original in every case there could be; none when that cannot be told."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    """Proven to answer like the original: no case could kill it."""


@dataclass(frozen=True, slots=True)
class MutantResult(Generic[MutantT_co]):
    """One mutant."""

    mutant: MutantT_co
    fate: Fate
    killed_by: str | None = None
    """The name of the first case that fails with it."""
    unproven: bool = False
    """A survivor of which a proof said neither "equivalent" nor "different"."""

    def settled(self, equal: bool | None) -> "MutantResult[MutantT_co]":  # noqa: FBT001 - the answer of a proof
        """A survivor with the answer of a proof."""
        if equal:
            return MutantResult(self.mutant, Fate.EQUIVALENT)
        return MutantResult(self.mutant, Fate.SURVIVED, unproven=equal is None)


@dataclass(frozen=True)
class MutationReport(Generic[MutantT_co]):
    """The mutants of one app, in the order of policies and places."""

    app: str
    results: tuple[MutantResult[MutantT_co], ...]
    cases: int
    """Cases that could kill: those that pass."""
    invalid: int
    left_out: int

    @cached_property
    def survivors(self) -> tuple[MutantResult[MutantT_co], ...]:
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
    def unproven(self) -> int:
        """How many survivors a proof could not settle."""
        return sum(result.unproven for result in self.survivors)

    def settled(self, fates: Mapping[str, bool | None]) -> "MutationReport[MutantT_co]":
        """The report after proofs: by id of a survivor whether it is equivalent."""
        results = (
            result.settled(fates[result.mutant.id])
            if result.fate is Fate.SURVIVED and result.mutant.id in fates
            else result
            for result in self.results
        )
        return replace(self, results=tuple(results))

    @property
    def widening(self) -> tuple[MutantResult[MutantT_co], ...]:
        """The survivors that allow more: each is a missing negative test."""
        return tuple(result for result in self.survivors if result.mutant.direction is Direction.WIDENS)


def _survivor_order(result: MutantResult[BaseMutant]) -> tuple[int, str, tuple[int, int], str]:
    mutant = result.mutant
    return (list(Direction).index(mutant.direction), mutant.policy, mutant.span.start, mutant.id)


def mutate(
    program: CedarProgram,
    results: Iterable[CaseResult[Case]],
    *,
    policies: Collection[PolicyId] | None = None,
    per_policy: int | None = None,
    limit: int | None = None,
    prove: Prove | None = None,
) -> MutationReport[Mutant]:
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
    killed = Hunt(program, generated.mutants).run(passed)
    return MutationReport(
        app=program.app,
        results=tuple(
            _result(mutant, killed.get(number), program, prove) for number, mutant in enumerate(generated.mutants)
        ),
        cases=len(passed),
        invalid=generated.invalid,
        left_out=generated.left_out,
    )


def _result(mutant: Mutant, killer: Case | None, program: CedarProgram, prove: Prove | None) -> MutantResult[Mutant]:
    if killer is not None:
        return MutantResult(mutant, Fate.KILLED, killer.name)
    if equal_by_types(mutant, program):
        return MutantResult(mutant, Fate.EQUIVALENT)
    survivor = MutantResult(mutant, Fate.SURVIVED)
    return survivor.settled(prove(mutant)) if prove else survivor
