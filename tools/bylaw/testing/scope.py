"""What a test sees while it is expanded: names, placeholders, entity stores, and a place for what is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.model.decisions import Decision
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.identifiers import EntityUid, PolicyId
from bylaw.testing.case import Case, Expected, Names, Skipped
from bylaw.testing.documents import EntityFixture, Outcomes, SuiteDocument, SuiteTest
from bylaw.testing.fixtures import Fixtures, Kind, Worlds
from bylaw.testing.substitution import Locate, Route, Substitution, shown
from bylaw.testing.vocabulary import Unknown, Vocabulary

MAX_CASES = 100_000
"""Cases of one suite; a matrix of a few lines can name billions."""
MAX_NAMED = 1_000_000
"""Cells that the expectations of one suite may name altogether."""
MAX_PROBLEMS = 200
"""After so many a suite is not expanded any further."""


@dataclass
class SuiteScope:
    """What all tests of one suite share."""

    document: SuiteDocument
    path: str
    locate: Locate
    fixtures: Fixtures
    vocabulary: Vocabulary
    problems: Diagnostics = field(default_factory=Diagnostics)
    cases: int = 0
    named: int = 0

    @property
    def gave_up(self) -> bool:
        """Whether so much is wrong that more would not help."""
        return len(self.problems) >= MAX_PROBLEMS

    def takes(self, cases: int, route: Route) -> bool:
        """Whether so many more cases are within the limit; a diagnostic where they are not."""
        self.cases += cases
        return self._within(self.cases, MAX_CASES, "cases", route)

    def names(self, cells: int, route: Route) -> bool:
        """Whether expectations may name so many more cells; a diagnostic where they may not."""
        self.named += cells
        return self._within(self.named, MAX_NAMED, "expected cells", route)

    def _within(self, count: int, limit: int, what: str, route: Route) -> bool:
        if count > limit:
            message = f"the suite expands to more than {limit:,} {what}"
            self.report(Unknown("too-many-cases", message, "split the suite, or shorten the lists"), route[:2])
        return count <= limit

    @cached_property
    def shared_worlds(self) -> Worlds:
        """The entity stores of all tests that bring no entities of their own."""
        return self.worlds({})

    def worlds(self, entities: Mapping[str, EntityFixture]) -> Worlds:
        """The entity stores of a test that brings `entities`."""
        fixtures = self.fixtures
        further = {**fixtures.entities, **entities}
        return Worlds((*fixtures.principals.values(), *fixtures.resources.values(), *further.values()))

    def report(self, unknown: Unknown, route: Route) -> None:
        """Add a diagnostic at `route`."""
        self.problems.add(Diagnostic(unknown.code, unknown.message, self.locate(route), unknown.help))


@dataclass(frozen=True)
class TestScope:
    """One test with one row."""

    __test__ = False

    suite: SuiteScope
    test: SuiteTest
    route: Route
    worlds: Worlds
    fill: Substitution
    """Unknown placeholders are errors here."""
    fill_fixture: Substitution
    """Unknown placeholders are text here."""
    row: tuple[str, ...]
    """The coordinates that the row gives."""
    row_route: Route | None

    def actions(self, name: str, route: Route) -> tuple[tuple[str, EntityUid], ...] | None:
        """The actions that `name` means, with their names; none, with a diagnostic, where it means nothing."""
        found = []
        for member in self.suite.fixtures.plain(name):
            action = self.suite.vocabulary.action(member)
            if isinstance(action, Unknown):
                self.suite.report(action, route)
                return None
            found.append((member, action))
        return tuple(found)

    def members(self, kind: Kind, name: str, route: Route) -> tuple[str, ...] | None:
        """The fixtures that `name` means; none, with a diagnostic, where it means nothing."""
        found = self.suite.fixtures.members(kind, name)
        if isinstance(found, Unknown):
            self.suite.report(found, route)
            return None
        return found

    def context(self, own: Mapping[str, Json], filled: Substitution, route: Route) -> dict[str, Json]:
        """The context of a request: its own over the test's over the suite's."""
        base = merged(self.suite.document.context, self.test.context)
        return merged(self._filled(base, self.fill_fixture, self.route), self._filled(own, filled, route))

    @staticmethod
    def _filled(context: Mapping[str, Json], fill: Substitution, route: Route) -> dict[str, Json]:
        return {key: fill.value(value, (*route, key)) for key, value in context.items()}

    def expected(self, outcomes: Outcomes, decision: str, route: Route) -> Expected | None:
        """The typed expectation; none, with a diagnostic, where a name in it means nothing."""
        try:
            decided = Decision(decision)
        except ValueError:
            problem = Unknown(
                "unknown-decision", f"unknown decision `{decision}`", f"one of: {', '.join(sorted(Decision))}"
            )
            self.suite.report(problem, (*route, "decision"))
            return None
        errors = outcomes.errors
        return Expected(
            decision=decided,
            span=self.suite.locate(self.row_route or route),
            by=self._policies(outcomes.by, (*route, "by")),
            exactly=None if outcomes.exactly is None else self._policies(outcomes.exactly, (*route, "exactly")),
            reasons=tuple(sorted(outcomes.reasons)),
            errors=errors if isinstance(errors, int) else self._policies(errors, (*route, "errors")),
        )

    def _policies(self, names: Sequence[str], route: Route) -> tuple[PolicyId, ...]:
        found = set()
        for position, name in enumerate(names):
            if self.suite.gave_up:
                break
            filled = self.fill.text(name, (*route, position))
            if filled is None:
                continue
            policy = self.suite.vocabulary.policy(filled)
            if isinstance(policy, Unknown):
                self.suite.report(policy, (*route, position))
            else:
                found.add(policy)
        return tuple(sorted(found))

    def case(
        self, names: Names, request: Request, entities: tuple[EntityData, ...], expected: Expected, at: Sequence[str]
    ) -> Case:
        """A case of this test."""
        skip = self.test.skip
        return Case(
            app=self.suite.vocabulary.app,
            suite=self.suite.document.suite,
            test=self.test.name,
            coordinates=(*self.row, *at),
            names=names,
            request=request,
            entities=entities,
            expected=expected,
            span=self.suite.locate((*self.route, "name")),
            skip=Skipped(skip.reason, skip.until) if skip else None,
        )


def rows(scope: SuiteScope, test: SuiteTest, route: Route) -> Iterator[TestScope]:
    """The test once for each row of its table; once when it has none."""
    now = test.now or scope.document.now
    clock: dict[str, Json] = {"now": now} if now else {}
    worlds = scope.worlds(test.entities) if test.entities else scope.shared_worlds
    table: tuple[Mapping[str, Json], ...] = ({},) if test.each is None else test.each
    for position, row in enumerate(table):
        if scope.gave_up or scope.cases > MAX_CASES:
            break
        values = {**clock, **row}
        yield TestScope(
            suite=scope,
            test=test,
            route=route,
            worlds=worlds,
            fill=Substitution(values, scope.locate, scope.problems, strict=test.each is not None),
            fill_fixture=Substitution(values, scope.locate, scope.problems, strict=False),
            row=tuple(f"{key}={shown(value)}" for key, value in row.items()),
            row_route=None if test.each is None else (*route, "each", position),
        )


def merged(below: Mapping[str, Json], above: Mapping[str, Json]) -> dict[str, Json]:
    """`above` laid over `below`, mapping by mapping, key by key."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        result[key] = merged(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return result
