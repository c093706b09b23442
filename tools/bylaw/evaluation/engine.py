"""The adapter on the Cedar engine: units in, positions out. The only module that asks the engine for decisions.

Statements are concatenated in the order of their units and parsed once; the engine's positional names are mapped back by index,
links are named after their position. A request that the engine refuses to decide is an exception, never a denial.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import cedarpy

from bylaw.evaluation.interface import EntityData, MalformedRequestError, Request
from bylaw.evaluation.messages import sanitised, split_policy_error
from bylaw.evaluation.slicing import Offer, ScopeIndex
from bylaw.evaluation.store import Store, Stores
from bylaw.evaluation.units import Unit
from bylaw.languages.cedar.engine import engine_schema
from bylaw.languages.cedar.schema import Schema
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import EntityUid

SLICE_ABOVE = 48
"""Sets up to this size are evaluated whole: slicing them would cost more than it saves."""
MAX_SETS = 2_000
"""Parsed slices kept at a time."""

_ALLOW = {cedarpy.Decision.Allow: True, cedarpy.Decision.Deny: False}


class Result(NamedTuple):
    """What the engine says of one request, in positions of units."""

    allowed: bool
    reasons: tuple[int, ...]
    """The determining units, ascending."""
    errors: tuple[tuple[int, str], ...]
    """Units that errored, ascending, with the message."""


class Engine:
    """A policy set beside a schema and stable entities.

    Raises:
        MalformedRequestError: the stable entities are not of the schema.
    """

    def __init__(
        self, units: Iterable[Unit], schema: Schema | None, stable: str = "[]", *, slice_above: int = SLICE_ABOVE
    ) -> None:
        self._given = units
        self._schema = schema
        self._slice_above = slice_above
        self._handle = engine_schema(schema.text) if schema else None
        self._stores = Stores(stable, self._handle)
        self._groups: dict[EntityUid, frozenset[EntityUid]] = {}
        self._sets: OrderedDict[tuple[int, ...], _ParsedSet] = OrderedDict()

    @cached_property
    def _units(self) -> tuple[Unit, ...]:
        # Printed when the first request comes: an app without suites pays nothing.
        return tuple(self._given)

    @cached_property
    def _index(self) -> ScopeIndex | None:
        return ScopeIndex(self._units) if len(self._units) > self._slice_above else None

    def store(self, entities: Sequence[EntityData]) -> Store:
        """The entities that requests with `entities` are decided against."""
        return self._stores.store(entities)

    def run(self, requests: Sequence[Request], entities: Sequence[EntityData]) -> list[Result]:
        """The result of each request, all against the same entities.

        Raises:
            MalformedRequestError: a request or an entity does not fit the schema.
        """
        store = self.store(entities)
        slices: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for number, request in enumerate(requests):
            slices[self._slice(request, store)].append(number)
        results: dict[int, Result] = {}
        for members, numbers in slices.items():
            batch = [_request_json(requests[number]) for number in numbers]
            answers = cedarpy.is_authorized_batch(batch, self._set(members).handle, store.handle, self._handle)
            results.update(zip(numbers, map(self._set(members).result, answers), strict=True))
        return [results[number] for number in range(len(requests))]

    def _slice(self, request: Request, store: Store) -> tuple[int, ...]:
        if self._index is None:
            return tuple(range(len(self._units)))
        action = store.ancestors(request.action) | self._schema_groups(request.action)
        offer = Offer(
            principal=store.ancestors(request.principal),
            action=action,
            resource=store.ancestors(request.resource),
            principal_type=request.principal.type,
            resource_type=request.resource.type,
        )
        return self._index.candidates(offer)

    def _schema_groups(self, action: EntityUid) -> frozenset[EntityUid]:
        if self._schema is None:
            return frozenset()
        if action not in self._groups:
            groups = (uid for uid in self._schema.actions if self._schema.action_in(action, uid))
            self._groups[action] = frozenset(groups)
        return self._groups[action]

    def _set(self, members: tuple[int, ...]) -> "_ParsedSet":
        found = self._sets.get(members)
        if found is None:
            found = self._sets[members] = _ParsedSet(members, [self._units[member] for member in members])
            if len(self._sets) > MAX_SETS:
                self._sets.popitem(last=False)
        else:
            self._sets.move_to_end(members)
        return found


class _ParsedSet:
    """Some of the units, parsed, with the way back from the engine's names."""

    def __init__(self, members: Sequence[int], units: Sequence[Unit]) -> None:
        texts: dict[tuple[str, int | None], str] = {}
        self._positions: dict[str, int] = {}
        links = []
        for member, unit in zip(members, units, strict=True):
            # A template stands once, whatever the number of its links; equal static policies stay apart.
            key = (unit.text, member if unit.values is None else None)
            name = texts.setdefault(key, f"policy{len(texts)}")
            if unit.values is None:
                self._positions[name] = member
            else:
                self._positions[f"L{member}"] = member
                values = {f"?{slot}": {"type": uid.type, "id": uid.id} for slot, uid in unit.values.items()}
                links.append({"template_id": name, "new_id": f"L{member}", "values": values})
        self.handle = _parse([text for text, _ in texts], links)
        if len(self.handle) != len(members):
            message = f"the engine counts {len(self.handle)} policies where we have {len(members)}"
            raise InternalError(message, help="a policy text holds more or less than one statement: report it")

    def result(self, answer: cedarpy.AuthzResult) -> Result:
        """The answer in positions."""
        allowed = _ALLOW.get(answer.decision)
        diagnostics = answer.diagnostics
        if allowed is None:
            raise MalformedRequestError(sanitised("; ".join(diagnostics.errors)) or "the engine gives no decision")
        reasons = sorted(self._positions[name] for name in diagnostics.reasons)
        return Result(allowed, tuple(reasons), tuple(sorted(map(self._error, diagnostics.errors))))

    def _error(self, sentence: str) -> tuple[int, str]:
        split = split_policy_error(sentence)
        if split is None:
            raise InternalError(f"cannot tell which policy errored: {sanitised(sentence)}")
        name, message = split
        return self._positions[name], message


def _parse(texts: list[str], links: list[dict[str, Any]]) -> cedarpy.PolicySet:
    try:
        parsed = cedarpy.PolicySet.from_str("\n".join(texts))
        return parsed.with_linked_batch(links) if links else parsed
    except ValueError as error:
        raise InternalError(f"the engine cannot read what we printed: {sanitised(str(error))}") from None


def _request_json(request: Request) -> dict[str, Any]:
    return {
        "principal": {"type": request.principal.type, "id": request.principal.id},
        "action": {"type": request.action.type, "id": request.action.id},
        "resource": {"type": request.resource.type, "id": request.resource.id},
        "context": dict(request.context),
    }
