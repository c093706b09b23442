"""`bylaw test --suggest`: cases for what the suites of an app do not notice. They are tried before they are shown: the suggested
suite is read, run and measured like any other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bylaw.analysis.smt.room import Options
from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.interface import Json
from bylaw.model.errors import InternalError
from bylaw.pipeline.settling import Settling
from bylaw.pipeline.suites import CedarRun
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.layout import App
from bylaw.testing.case import Case
from bylaw.testing.coverage import CoverageReport
from bylaw.testing.documents import SuiteDocument
from bylaw.testing.drafts import Surroundings, draft_of
from bylaw.testing.expand import expand_suite
from bylaw.testing.fixtures import FixtureFile
from bylaw.testing.loading import SUFFIX, fixture_files
from bylaw.testing.mutants import Mutant
from bylaw.testing.mutation import MutationReport
from bylaw.testing.runner import CaseResult, Status, run_suites
from bylaw.testing.suggest import SUITE, Suggestion, Suggestions, document_of, suite_text, title, unique
from bylaw.testing.trials import Bench, Goal, Trial, attributed, reached, smallest
from bylaw.testing.vocabulary import vocabulary_of

Files = tuple[FixtureFile, ...]


@dataclass(frozen=True)
class Suggested:
    """What can be suggested for one app, and the mutation report with what was proved on the way."""

    suggestions: Suggestions
    mutation: MutationReport[Mutant]


def suggest(
    run: CedarRun, app: App, coverage: CoverageReport, mutation: MutationReport[Mutant], options: Options, today: date
) -> Suggested:
    """Cases for the survivors of `mutation` and the gaps of `coverage`, both of `run`.

    Raises:
        InternalError: the engine contradicts an example.
    """
    settling = Settling(run.program, mutation, coverage, options)
    everything = Surroundings(fixture_files(app))
    made = _Suite(run, app, coverage, settling, everything, today)
    if made.lost and everything.files:
        # What the fixtures put into every store can be in the way.
        alone = _Suite(run, app, coverage, settling, Surroundings(()), today)
        made = alone if len(alone.lost) < len(made.lost) else made
    return Suggested(made.suggestions(), mutation.settled(settling.fates(reached(made.trials))))


class _Suite:
    """The suite that is suggested, as it was tried."""

    def __init__(
        self,
        run: CedarRun,
        app: App,
        coverage: CoverageReport,
        settling: Settling,
        surroundings: Surroundings,
        today: date,
    ) -> None:
        self._run, self._app, self._settling, self._today = run, app, settling, today
        self._surroundings = surroundings
        self._vocabulary = vocabulary_of(run.program)
        self._bench = Bench(run.program, tuple(settling.mutants.values()), coverage, surroundings)
        self._name = self._free_name()
        tried = self._tried()
        self._files, self.trials = self._checked(smallest(tried))
        self.lost = frozenset(goal for goal in self._wanted if goal not in reached(self.trials))

    def _free_name(self) -> str:
        taken = {result.case.suite for result in self._run.report.results}
        taken |= {entry.path for entry in self._app.tree.entries(self._app.suite_directory)}
        number, name = 1, SUITE
        while name in taken or self._path(name) in taken:
            number += 1
            name = f"{SUITE}-{number}"
        return name

    def _path(self, name: str) -> str:
        return f"{self._app.suite_directory}/{name}{SUFFIX}"

    def _tried(self) -> list[Trial]:
        """A trial for each goal that can be reached and that no trial before it reaches."""
        trials: list[Trial] = []
        done: set[Goal] = set()
        self._wanted: set[Goal] = set()
        for goal in self._settling.goals:
            example = None if goal in done else self._settling.example(goal)
            if example is None:
                continue
            self._wanted.add(goal)
            trial = self._bench.trial(draft_of(example), goal)
            if trial is not None:
                trials.append(self._bench.familiar(trial, goal))
                done |= trials[-1].goals
        return trials

    def _checked(self, trials: tuple[Trial, ...]) -> tuple[Files, tuple[Trial, ...]]:
        """The trials that hold as tests of a file, with the fixture files it uses: those that it names, if they suffice."""
        if not trials:
            return (), ()
        named = self._surroundings.used(trial.draft for trial in trials)
        kept: tuple[Trial, ...] = ()
        for files in (named, self._surroundings.files):
            found = zip(trials, self._results(trials, files), strict=True)
            kept = tuple(replace(t, goals=self._bench.goals(r)) for t, r in found if r.status is Status.PASSED)
            if reached(kept) >= reached(trials):
                return files, kept
        return self._surroundings.files, kept

    def _results(self, trials: Sequence[Trial], files: Files) -> tuple[CaseResult[Case], ...]:
        """The results of the suite, read from its text."""
        path = self._path(self._name)
        text = suite_text(self._name, self._use(files), self._tests(trials))
        document, places, problems = load_with_places(SuiteDocument, text, path)
        if document is None or places is None:
            raise InternalError(f"a suggested suite cannot be read: {problems[0].message}", help="report it")
        expanded = expand_suite(FixtureFile(path, document, places.span), document, files, self._vocabulary)
        report = run_suites([expanded.suite], CedarEvaluator.of(self._run.program), today=self._today)
        if len(report.results) != len(trials):
            raise InternalError("a suggested suite cannot be expanded", help="report it")
        return report.results

    def _use(self, files: Files) -> tuple[str, ...]:
        return tuple(file.path.removeprefix(f"{self._app.suite_directory}/") for file in files)

    def _tests(self, trials: Sequence[Trial]) -> tuple[dict[str, Json], ...]:
        names = []
        for trial, goals in zip(trials, attributed(trials), strict=True):
            first = next(goal for goal in self._settling.goals if goal in goals)
            names.append(title(trial, self._bench.readings(trial.draft, first)))
        return tuple(
            document_of(trial, name, self._surroundings, self._vocabulary)
            for trial, name in zip(trials, unique(names), strict=True)
        )

    def suggestions(self) -> Suggestions:
        """What is shown."""
        trials = smallest(self.trials)
        tests = []
        for test, goals in zip(self._tests(trials), attributed(trials), strict=True):
            kills = tuple(mutant for id_, mutant in self._settling.mutants.items() if id_ in goals)
            closes = tuple(gap for gap in self._settling.gaps if gap in goals)
            tests.append(Suggestion(test, kills, closes))
        return Suggestions(
            app=self._run.app,
            path=self._path(self._name),
            suite=self._name,
            use=self._use(self._files) if trials else (),
            tests=tuple(tests),
            unreachable=self._settling.unreachable,
            unmet=self._settling.unmet(self.lost),
        )
