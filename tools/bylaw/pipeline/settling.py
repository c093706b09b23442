"""What a solver says of the survivors of a mutation run and of the gaps of a coverage run: requests, proofs, or neither."""

from collections.abc import Iterable, Mapping

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.places import Places
from bylaw.analysis.smt.reaching import Reached, Reaching, Unreachable, clause_as, condition_as, reach, whole_policy
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.telling import Change, Equivalent, Telling, Told, Unsettled, differs, tell
from bylaw.evaluation.cedar import decides
from bylaw.evaluation.probe import Subject, subjects
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.validate import validate_program
from bylaw.model.diagnostics import Severity
from bylaw.testing.coverage import CoverageReport
from bylaw.testing.gaps import Gap, gaps
from bylaw.testing.mutants import Mutant, instances
from bylaw.testing.mutation import MutationReport, Prove
from bylaw.testing.suggest import Unmet
from bylaw.testing.trials import Goal

NOT_VALID = "the app has no schema that its policies are valid for"
NO_CASE = "the request that shows it does not fit the form of a suite"


def change_of(mutant: Mutant, program: CedarProgram) -> Change:
    """What a mutant takes out of a program and puts in; that of a template changes every link."""
    policy = program.by_id[mutant.policy]
    links = (link.ref.policy for link in program.links if link.template.ref == policy.ref)
    replaced = frozenset(links) if policy.statement.is_template else frozenset({policy.ref.policy})
    return Change(replaced, tuple(instances(mutant, program)))


def prover(program: CedarProgram, options: Options) -> Prove | None:
    """Whether mutants are equivalent, for a mutation run; none where nothing can be proved."""
    places = _places(program, options)
    if places is None:
        return None

    def prove(mutant: Mutant) -> bool | None:
        different = differs(places, change_of(mutant, program))
        return None if different is None else not different

    return prove


def _places(program: CedarProgram, options: Options) -> Places | None:
    """What is not valid has no terms: then nothing can be proved."""
    if program.schema is None or any(item.severity is Severity.ERROR for item in validate_program(program)):
        return None
    return Places(program, program.schema, options)


class Settling:
    """The goals of a run, each with the request that reaches it, the proof that there is none, or neither."""

    def __init__(
        self, program: CedarProgram, mutation: MutationReport[Mutant], coverage: CoverageReport, options: Options
    ) -> None:
        self._program = program
        self._places = _places(program, options)
        self.mutants = {result.mutant.id: result.mutant for result in mutation.survivors}
        self.gaps = gaps(coverage)
        self.goals: tuple[Goal, ...] = (*self.mutants, *self.gaps)
        self._found: dict[Goal, Telling | Reaching] = {}

    def example(self, goal: Goal) -> Concrete | None:
        """A request that reaches `goal`."""
        if goal not in self._found:
            self._found[goal] = self._settled(goal)
        found = self._found[goal]
        return found.concrete if isinstance(found, Told | Reached) else None

    def _settled(self, goal: Goal) -> Telling | Reaching:
        if self._places is None:
            return Unsettled(NOT_VALID)
        if isinstance(goal, Gap):
            return self._reached(goal, self._places)
        return tell(self._places, change_of(self.mutants[goal], self._program))

    def _reached(self, gap: Gap, places: Places) -> Reaching:
        """By any of the policies that a file stands for."""
        answers = []
        for subject in subjects(self._program.policies, self._program.links):
            if subject.policy.ref.policy == gap.policy:
                deciding = subject.id if gap.level == "decisive" and decides(subject.policy) else None
                answers.append(reach(places, _question(subject, gap), deciding))
                if isinstance(answers[-1], Reached):
                    return answers[-1]
        return next((answer for answer in answers if isinstance(answer, Unsettled)), Unreachable())

    def fates(self, reached: Iterable[Goal]) -> Mapping[str, bool | None]:
        """By id of a survivor whether it is equivalent; none where that is not settled."""
        known = {id_: self._found.get(id_) for id_ in self.mutants}
        told = frozenset(reached)
        return {
            id_: False if id_ in told or isinstance(found, Told) else True if isinstance(found, Equivalent) else None
            for id_, found in known.items()
        }

    @property
    def unreachable(self) -> tuple[Gap, ...]:
        """The gaps that no case can close."""
        return tuple(gap for gap in self.gaps if isinstance(self._found.get(gap), Unreachable))

    def unmet(self, lost: Iterable[Goal]) -> tuple[Unmet, ...]:
        """What is not settled, and what is but could not be written."""
        open_ = {goal: found.reason for goal, found in self._found.items() if isinstance(found, Unsettled)}
        reasons = {**open_, **dict.fromkeys(lost, NO_CASE)}
        return tuple(
            Unmet(goal if isinstance(goal, Gap) else self.mutants[goal], reasons[goal])
            for goal in self.goals
            if goal in reasons
        )


def _question(subject: Subject, gap: Gap) -> Statement:
    match gap.level:
        case "clause":
            return clause_as(subject.statement, gap.number, outcome=gap.outcome)
        case "condition":
            conditions = subject.structure.conditions
            counted = [number for number, condition in enumerate(conditions) if not condition.is_constant]
            return condition_as(subject.statement, counted[gap.number], outcome=gap.outcome)
        case _:
            return whole_policy(subject.statement)
