"""Which mutants a case kills.

Deciding every case anew for every mutant would take minutes. A decision is made of what each policy does by itself, so every
policy and every mutant becomes a `permit` with its own scope and clauses, all in one set: the reasons of one call tell which of
them are satisfied, its errors which of them error. The answer with a mutant in the place of its policy follows by Cedar's one rule
(a satisfied forbid denies, else a satisfied permit allows). That rule is checked against the engine's own answer for the
unmutated policies in every case; a disagreement would be our bug and ends the run.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
from bylaw.testing.mutants import Mutant, instances
from bylaw.testing.runner import CaseResult


class _Part(NamedTuple):
    """A policy as one position of the big set."""

    policy: PolicyId
    forbids: bool


class Hunt:
    """One big set of originals and mutants, and the cases run against it."""

    def __init__(self, program: CedarProgram, mutants: Sequence[Mutant]) -> None:
        originals = [s for s in subjects(program.policies, program.links) if decides(s.policy)]
        self._originals = len(originals)
        self._parts = [_Part(s.id, s.statement.effect == "forbid") for s in originals]
        units = [_as_permit(s.statement) for s in originals]
        owners = defaultdict(list)
        for position, subject in enumerate(originals):
            owners[subject.policy.ref.policy].append(position)
        self._replaced: list[tuple[int, ...]] = []  # per mutant: the positions it takes out
        self._added: list[tuple[int, ...]] = []  # and those it puts in
        for mutant in mutants:
            self._replaced.append(tuple(owners[mutant.policy]))
            added = []
            for policy, statement in instances(mutant, program):
                added.append(len(units))
                units.append(_as_permit(statement))
                self._parts.append(_Part(policy, statement.effect == "forbid"))
            self._added.append(tuple(added))
        whole = len(originals) <= SLICE_ABOVE
        self._engine = Engine(units, program.schema, program.entities_json, slice_above=len(units) if whole else 0)

    def kills(self, result: CaseResult[Case]) -> frozenset[int]:
        """The positions of the mutants that one case, which passes, kills.

        Raises:
            InternalError: the rule of combination gives another answer than the engine.
        """
        (seen,) = self._engine.run([result.case.request], result.case.entities)
        return frozenset(self._kills(result, seen, range(len(self._added))))

    def run(self, results: Sequence[CaseResult[Case]]) -> dict[int, Case]:
        """By position of the mutant the first case that kills it; all of `results` pass.

        Raises:
            InternalError: the rule of combination gives another answer than the engine.
        """
        by_store: dict[int, list[CaseResult[Case]]] = {}
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

    def _kills(self, result: CaseResult[Case], seen: Result, alive: Iterable[int]) -> list[int]:
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
