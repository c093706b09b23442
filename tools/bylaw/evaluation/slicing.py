"""Which policies of a large set can say anything about a request.

A scope constraint (`==`, `in`, `is`) cannot error, so a policy whose scope cannot match contributes neither decision nor reason
nor error, and leaving it out changes nothing. The engine has no index and evaluates every policy; this is the index.

Each of the three scope parts asks for one literal entity (or one of several actions), or for any. A request offers, in each
place, "any", its own entity, and the ancestors of that entity. `is` filters by type on top.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from bylaw.evaluation.units import Scopes, Unit
from bylaw.languages.cedar.ast import Entity, Scope, ScopeEqual, ScopeIn, ScopeInSet, ScopeIs
from bylaw.model.identifiers import EntityUid

T = TypeVar("T")
Key = EntityUid | None
"""A literal entity, or any."""


class Offer(NamedTuple):
    """What a request offers to match: in each place its entity with all ancestors."""

    principal: frozenset[EntityUid]
    action: frozenset[EntityUid]
    resource: frozenset[EntityUid]
    principal_type: str
    resource_type: str


class ScopeIndex:
    """Positions of units by what their scopes ask for."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._buckets: dict[Key, dict[Key, dict[Key, list[int]]]] = {}
        self._types = [(_type(unit.scopes[0]), _type(unit.scopes[2])) for unit in units]
        for position, unit in enumerate(units):
            self._add(position, unit.scopes)

    def _add(self, position: int, scopes: Scopes) -> None:
        principal, action, resource = map(_keys, scopes)
        for a in action:
            for p in principal:
                for r in resource:
                    self._buckets.setdefault(a, {}).setdefault(p, {}).setdefault(r, []).append(position)

    def candidates(self, offer: Offer) -> tuple[int, ...]:
        """The positions whose scope may match, ascending."""
        found: set[int] = set()
        for by_principal in _lookup(self._buckets, offer.action):
            for by_resource in _lookup(by_principal, offer.principal):
                for positions in _lookup(by_resource, offer.resource):
                    found.update(positions)
        types = (offer.principal_type, offer.resource_type)
        return tuple(sorted(position for position in found if self._fits(position, types)))

    def _fits(self, position: int, types: tuple[str, str]) -> bool:
        return all(
            wanted is None or wanted == given for wanted, given in zip(self._types[position], types, strict=True)
        )


def _lookup(table: dict[Key, T], offered: frozenset[EntityUid]) -> Iterable[T]:
    """The entries for "any" and for what is offered, walking whichever side is smaller."""
    if len(table) <= len(offered):
        return [value for key, value in table.items() if key is None or key in offered]
    keys: Iterable[Key] = (None, *offered)
    return [table[key] for key in keys if key in table]


def _keys(scope: Scope) -> tuple[Key, ...]:
    match scope:
        case ScopeEqual(_, Entity() as target) | ScopeIn(_, Entity() as target) | ScopeIs(_, _, Entity() as target):
            return (EntityUid(target.type, target.id),)
        case ScopeInSet(_, targets):
            return tuple(EntityUid(target.type, target.id) for target in dict.fromkeys(targets))
        case _:
            return (None,)


def _type(scope: Scope) -> str | None:
    return scope.type if isinstance(scope, ScopeIs) else None
