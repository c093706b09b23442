"""Matrix tests: the product of four lists, and expectations for some of its cells. What no expectation names must be denied."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import NamedTuple

from bylaw.evaluation.interface import Request
from bylaw.model.decisions import Decision
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.identifiers import EntityUid
from bylaw.testing.case import Case, Expected, Names
from bylaw.testing.documents import Cells, Matrix
from bylaw.testing.scope import TestScope
from bylaw.testing.substitution import Route
from bylaw.testing.vocabulary import Unknown

NO_CONTEXT = ""
"""The name of the one context of a matrix without contexts."""


class _Axes(NamedTuple):
    """The resolved dimensions."""

    principals: tuple[str, ...]
    actions: dict[str, EntityUid]
    resources: tuple[str, ...]
    contexts: tuple[str, ...]

    @property
    def lists(self) -> tuple[tuple[str, ...], ...]:
        return (self.principals, tuple(self.actions), self.resources, self.contexts)


_DIMENSIONS = ("principals", "actions", "resources", "contexts")


def matrix_cases(scope: TestScope, matrix: Matrix) -> Iterator[Case]:
    """One case for each cell."""
    axes = _axes(scope, matrix)
    if axes is None or not scope.suite.takes(prod(map(len, axes.lists)), scope.route):
        return
    expected = _expectations(scope, axes)
    unnamed = Expected(Decision.DENY, scope.suite.locate((*scope.route, "matrix")), listed=False)
    varying = [len(axis) > 1 for axis in axes.lists]
    fixtures = scope.suite.fixtures
    contexts = {
        name: scope.context(fixtures.contexts.get(name, {}), scope.fill_fixture, scope.route) for name in axes.contexts
    }
    for cell in product(*axes.lists):
        names = Names(*cell)
        principal, resource = fixtures.principals[names.principal], fixtures.resources[names.resource]
        request = Request(
            principal=EntityUid(principal.type, principal.id),
            action=axes.actions[names.action],
            resource=EntityUid(resource.type, resource.id),
            context=contexts[names.context],
        )
        at = [name for name, varies in zip(cell, varying, strict=True) if varies]
        yield scope.case(names, request, scope.worlds.store(principal, resource), expected.get(names, unnamed), at)


def _axes(scope: TestScope, matrix: Matrix) -> _Axes | None:
    route = (*scope.route, "matrix")
    principals = _members(scope, "principals", matrix.principals, (*route, "principals"))
    resources = _members(scope, "resources", matrix.resources, (*route, "resources"))
    contexts = _members(scope, "contexts", matrix.contexts, (*route, "contexts")) if matrix.contexts else (NO_CONTEXT,)
    actions = _actions(scope, matrix.actions, (*route, "actions"))
    if principals is None or resources is None or contexts is None or actions is None:
        return None
    return _Axes(principals, actions, resources, contexts)


def _members(scope: TestScope, dimension: str, names: Sequence[str], route: Route) -> tuple[str, ...] | None:
    found: dict[str, None] = {}
    for position, name in enumerate(names):
        at = (*route, position)
        filled = scope.fill.text(name, at)
        members = None if filled is None else _of_kind(scope, dimension, filled, at)
        if members is None:
            return None
        found.update(dict.fromkeys(members))
    return tuple(found)


def _of_kind(scope: TestScope, dimension: str, name: str, route: Route) -> tuple[str, ...] | None:
    match dimension:
        case "principals" | "resources" | "contexts":
            return scope.members(dimension, name, route)
        case _:
            actions = scope.actions(name, route)
            return None if actions is None else tuple(action for action, _ in actions)


def _actions(scope: TestScope, names: Sequence[str], route: Route) -> dict[str, EntityUid] | None:
    found: dict[str, EntityUid] = {}
    for position, name in enumerate(names):
        at = (*route, position)
        filled = scope.fill.text(name, at)
        actions = None if filled is None else scope.actions(filled, at)
        if actions is None:
            return None
        found.update(actions)
    return found


def _expectations(scope: TestScope, axes: _Axes) -> dict[Names, Expected]:
    found: dict[Names, Expected] = {}
    for decision in Decision:
        for position, cells in enumerate(getattr(scope.test, decision.value)):
            route = (*scope.route, decision.value, position)
            expected = scope.expected(cells, decision.value, route)
            lists = _cell_lists(scope, cells, axes, route)
            if expected is None or lists is None or not scope.suite.names(prod(map(len, lists)), route):
                continue
            expected = replace(expected, span=scope.suite.locate(route))
            for cell in product(*lists):
                names = Names(*cell)
                found[names] = _agreed(scope, found.get(names), expected, route)
    return found


def _cell_lists(scope: TestScope, cells: Cells, axes: _Axes, route: Route) -> list[tuple[str, ...]] | None:
    lists = []
    for dimension, axis in zip(_DIMENSIONS, axes.lists, strict=True):
        names = getattr(cells, dimension)
        if names is None:
            lists.append(axis)
            continue
        members = _members(scope, dimension, names, (*route, dimension))
        if members is None or _outside(scope, dimension, names, axis, route):
            return None
        lists.append(members)
    return lists


def _outside(scope: TestScope, dimension: str, names: Sequence[str], axis: Sequence[str], route: Route) -> bool:
    """Whether one of `names` is not wholly in the matrix; a typo would otherwise pass as a denial."""
    for position, name in enumerate(names):
        at = (*route, dimension, position)
        for member in _members(scope, dimension, [name], (*route, dimension)) or ():
            if member not in axis:
                message = f"`{member}` is outside of the matrix"
                remedy = f"add it to `matrix.{dimension}`, or remove it here"
                scope.suite.report(Unknown("cell-outside-matrix", message, remedy), at)
                return True
    return False


def _agreed(scope: TestScope, first: Expected | None, second: Expected, route: Route) -> Expected:
    """Both expectations of one cell in one; they must not contradict each other."""
    if first is None:
        return second
    same_exactly = first.exactly == second.exactly or None in {first.exactly, second.exactly}
    same_errors = first.errors == second.errors or () in (first.errors, second.errors)
    if first.decision is not second.decision or not same_exactly or not same_errors:
        message = f"another expectation says `{first.decision}` of the same cell"
        if first.decision is second.decision:
            message = "another expectation contradicts this one in the same cell"
        at = scope.suite.locate(route)
        remedy = f"see line {first.span.start.line}; each cell has one outcome"
        scope.suite.problems.add(Diagnostic("conflicting-expectations", message, at, remedy))
        return first
    return replace(
        first,
        by=tuple(sorted({*first.by, *second.by})),
        exactly=second.exactly if first.exactly is None else first.exactly,
        reasons=tuple(sorted({*first.reasons, *second.reasons})),
        errors=first.errors or second.errors,
    )
