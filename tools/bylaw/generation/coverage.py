"""Which actions the scopes of an app's policies reach under one schema, and under another.

A scope decides which tools a policy is about; its conditions are left aside, so what is said here is what a policy may come to
allow, or may no longer forbid.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bylaw.analysis.scopes import actions_admitted, could_be
from bylaw.evaluation.cedar import decides
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.rewrite import filled
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.identifiers import EntityUid, PolicyRef
from bylaw.model.spans import Span

MAX_LISTED = 10
"""Actions in one sentence."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Actions that one policy gained or lost."""

    policy: PolicyRef
    span: Span
    """Its action scope, or the link that makes the policy of a template."""
    actions: tuple[EntityUid, ...]

    @property
    def listed(self) -> str:
        """The actions for a message."""
        more = len(self.actions) - MAX_LISTED
        names = ", ".join(code(action.id) for action in self.actions[:MAX_LISTED])
        return f"{names} and {more:,} more" if more > 0 else names


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a change of schema does to the reach of an app's policies."""

    granted: tuple[Reach, ...]
    """Permits that reach actions which they did not reach before."""
    unguarded: tuple[Reach, ...]
    """Forbids that no longer reach actions which are still there."""
    uncovered: tuple[EntityUid, ...]
    """New actions that no permit reaches: every call is denied."""

    def diagnostics(self) -> Iterator[Diagnostic]:
        """The same, one sentence each."""
        for reach in self.granted:
            message = f"{code(str(reach.policy))} now permits {reach.listed}"
            help_ = "name the tools in its scope, if that is not meant"
            yield Diagnostic("newly-permitted", message, reach.span, help_, Severity.WARNING)
        for reach in self.unguarded:
            message = f"{code(str(reach.policy))} no longer forbids {reach.listed}"
            help_ = "add them to its scope, if that is not meant"
            yield Diagnostic("no-longer-forbidden", message, reach.span, help_, Severity.WARNING)


class _Unit(NamedTuple):
    """A policy that decides."""

    ref: PolicyRef
    statement: Statement
    span: Span


def coverage(program: CedarProgram, old: Schema, new: Schema) -> Coverage:
    """The reach of the policies of `program` before and after."""
    units = tuple(_units(program))
    before, after = _usable(old), _usable(new)
    permits = [unit for unit in units if unit.statement.effect == "permit"]
    forbids = [unit for unit in units if unit.statement.effect == "forbid"]
    reached = {action for unit in permits for action in _reached(unit, new)}
    return Coverage(
        granted=tuple(_reaches((unit, _reached(unit, new) - _reached(unit, old)) for unit in permits)),
        unguarded=tuple(_reaches((unit, (_reached(unit, old) - _reached(unit, new)) & after) for unit in forbids)),
        uncovered=tuple(sorted(after - before - reached)),
    )


def _units(program: CedarProgram) -> Iterator[_Unit]:
    for policy in program.static:
        if decides(policy):
            scope = policy.statement.action
            yield _Unit(policy.ref, policy.statement, policy.span(scope.start, scope.end))
    for link in program.links:
        if decides(link.template):
            yield _Unit(link.ref, filled(link), link.span)


def _usable(schema: Schema) -> set[EntityUid]:
    """Actions that a request can be for; groups are not."""
    return {uid for uid, action in schema.actions.items() if action.principals and action.resources}


def _reached(unit: _Unit, schema: Schema) -> set[EntityUid]:
    statement = unit.statement
    if not (could_be(statement.principal, schema) and could_be(statement.resource, schema)):
        return set()
    return set(actions_admitted(statement.action, schema)) & _usable(schema)


def _reaches(found: Iterable[tuple[_Unit, set[EntityUid]]]) -> Iterator[Reach]:
    for unit, actions in found:
        if actions:
            yield Reach(unit.ref, unit.span, tuple(sorted(actions)))
