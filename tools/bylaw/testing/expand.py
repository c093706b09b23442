"""From a suite document to cases: rows, matrices, groups, placeholders, names resolved.

Everything that does not resolve is a diagnostic at its place, and the cases it touches are left out; with errors among the
diagnostics a run would prove nothing and must not be started.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bylaw.evaluation.interface import Json, Request
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.identifiers import EntityUid
from bylaw.testing.case import Case, Expected, Names, Suite
from bylaw.testing.documents import EntityFixture, RequestDocument, SuiteDocument
from bylaw.testing.fixtures import FixtureFile, Kind, Used, merge
from bylaw.testing.matrix import matrix_cases
from bylaw.testing.scope import SuiteScope, TestScope, rows
from bylaw.testing.substitution import Route, shown
from bylaw.testing.vocabulary import Unknown, Vocabulary


class Expanded(NamedTuple):
    """A suite, the fixtures it refers to, and what is wrong with it."""

    suite: Suite
    used: frozenset[Used]
    diagnostics: tuple[Diagnostic, ...]


def expand_suite(
    own: FixtureFile, document: SuiteDocument, used_files: Sequence[FixtureFile], vocabulary: Vocabulary
) -> Expanded:
    """Expand `document`, which stands in the file `own`."""
    problems = Diagnostics()
    fixtures = merge((*used_files, own), problems)
    scope = SuiteScope(document, own.path, own.locate, fixtures, vocabulary, problems)
    cases: list[Case] = []
    for position, test in enumerate(document.tests):
        for one in rows(scope, test, ("tests", position)):
            cases.extend(_cases(one))
    problems.extend(_duplicates(scope, cases))
    if not document.tests:
        message = f"suite `{document.suite}` has no tests"
        problems.add(Diagnostic("empty-suite", message, own.locate(("suite",)), "write a test", Severity.WARNING))
    files = (own.path, *(file.path for file in used_files))
    suite = Suite(vocabulary.app, document.suite, own.path, files, tuple(cases))
    return Expanded(suite, frozenset(fixtures.used), tuple(problems))


def _cases(scope: TestScope) -> Iterator[Case]:
    test = scope.test
    if test.matrix is not None:
        yield from matrix_cases(scope, test.matrix)
    elif test.request is not None and test.expect is not None:
        decision = scope.fill.text(test.expect.decision, (*scope.route, "expect", "decision"))
        expected = None if decision is None else scope.expected(test.expect, decision, (*scope.route, "expect"))
        if expected is not None and scope.suite.takes(1, scope.route):
            yield from _single(scope, test.request, expected)


def _single(scope: TestScope, document: RequestDocument, expected: Expected) -> Iterator[Case]:
    route = (*scope.route, "request")
    principal = _entity(scope, "principals", document.principal, (*route, "principal"))
    resource = _entity(scope, "resources", document.resource, (*route, "resource"))
    context = _context(scope, document.context, (*route, "context"))
    action_name = scope.fill.text(document.action, (*route, "action"))
    if principal is None or resource is None or context is None or action_name is None:
        return
    action = scope.suite.vocabulary.action(action_name)
    if isinstance(action, Unknown):
        scope.suite.report(action, (*route, "action"))
        return
    names = Names(principal[0], action_name, resource[0], context[0])
    request = Request(_uid(principal[1]), action, _uid(resource[1]), context[1])
    yield scope.case(names, request, scope.worlds.store(principal[1], resource[1]), expected, ())


def _entity(scope: TestScope, kind: Kind, value: str | EntityFixture, route: Route) -> tuple[str, EntityFixture] | None:
    if isinstance(value, EntityFixture):
        filled = value.model_copy(
            update={
                "id": scope.fill.text(value.id, (*route, "id")) or value.id,
                "attrs": scope.fill.value(value.attrs, (*route, "attrs")),
                "tags": scope.fill.value(value.tags, (*route, "tags")),
            }
        )
        return str(_uid(filled)), filled
    name = scope.fill.text(value, route)
    found = None if name is None else scope.members(kind, name, route)
    if name is None or found is None:
        return None
    if len(found) != 1:
        scope.suite.report(Unknown("group-in-request", f"`{name}` is a group", "a request names one fixture"), route)
        return None
    table: Mapping[str, EntityFixture] = getattr(scope.suite.fixtures, kind)
    return found[0], table[found[0]]


def _context(scope: TestScope, value: str | Mapping[str, Json], route: Route) -> tuple[str, dict[str, Json]] | None:
    if isinstance(value, Mapping):
        return "", scope.context(value, scope.fill, route)
    filled = scope.fill.value(value, route)
    if isinstance(filled, Mapping):
        return "", scope.context(filled, scope.fill_fixture, route)
    if not isinstance(filled, str):
        scope.suite.report(
            Unknown("bad-placeholder", f"`{value}` stands for {shown(filled)}, which is no context", None), route
        )
        return None
    found = scope.members("contexts", filled, route)
    if found is None:
        return None
    if len(found) != 1:
        scope.suite.report(Unknown("group-in-request", f"`{filled}` is a group", "a request names one fixture"), route)
        return None
    return found[0], scope.context(scope.suite.fixtures.contexts[found[0]], scope.fill_fixture, route)


def _uid(fixture: EntityFixture) -> EntityUid:
    return EntityUid(fixture.type, fixture.id)


def _duplicates(scope: SuiteScope, cases: Sequence[Case]) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for position, test in enumerate(scope.document.tests):
        if test.name in seen:
            at, message = scope.locate(("tests", position, "name")), f"a second test is called `{test.name}`"
            yield Diagnostic("duplicate-name", message, at, "give it another name", Severity.WARNING)
        seen.add(test.name)
    labels: dict[str, Case] = {}
    for case in cases:
        if labels.setdefault(case.label, case).expected.span != case.expected.span and case.coordinates:
            message = f"a second case is called `{case.label}`"
            yield Diagnostic("duplicate-case", message, case.expected.span, "remove one of the rows", Severity.WARNING)
