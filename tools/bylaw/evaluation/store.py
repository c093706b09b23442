"""Entity stores: the stable entities of an app, and beside them what a request brings along.

A given entity replaces the stable one of the same uid. A *bare* one (no attributes, tags or parents) only names an entity and
replaces nothing. Stores are cached: a suite decides hundreds of requests in one.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import cedarpy

from bylaw.evaluation.interface import EntityData, MalformedRequestError
from bylaw.evaluation.messages import sanitised
from bylaw.model.digests import canonical_json
from bylaw.model.identifiers import EntityUid

MAX_STORES = 64
"""Kept at a time; one more drops the one used longest ago."""


class Store:
    """Entities that a request is decided against."""

    def __init__(self, handle: cedarpy.Entities, documents: Mapping[EntityUid, Mapping[str, Any]]) -> None:
        self.handle = handle
        self._documents = documents
        self._ancestors: dict[EntityUid, frozenset[EntityUid]] = {}

    def document(self, uid: EntityUid) -> Mapping[str, Any] | None:
        """The entity JSON of `uid`; none where the store lacks it."""
        return self._documents.get(uid)

    def ancestors(self, uid: EntityUid) -> frozenset[EntityUid]:
        """`uid` and everything above it."""
        known = self._ancestors.get(uid)
        if known is None:
            seen, todo = {uid}, [uid]
            while todo:
                document = self._documents.get(todo.pop(), {})
                above = [parent for parent in map(_uid, document.get("parents", ())) if parent not in seen]
                seen.update(above)
                todo.extend(above)
            known = self._ancestors[uid] = frozenset(seen)
        return known


class Stores:
    """Builds and keeps stores over one set of stable entities."""

    def __init__(self, stable: str, schema: cedarpy.Schema | None) -> None:
        self._schema = schema
        self._handle = _parse(stable, schema)
        self._stable = {_uid(document["uid"]): document for document in json.loads(stable)}
        self._built: OrderedDict[str, Store | MalformedRequestError] = OrderedDict()

    def store(self, given: Sequence[EntityData]) -> Store:
        """The store of the stable entities and `given`.

        Raises:
            MalformedRequestError: an entity does not fit the schema, or one uid is given twice with different content.
        """
        documents = [_document(entity) for entity in given if not (_is_bare(entity) and entity.uid in self._stable)]
        key = canonical_json(documents)
        if key in self._built:
            self._built.move_to_end(key)
        else:
            self._built[key] = self._build(documents)
            if len(self._built) > MAX_STORES:
                self._built.popitem(last=False)
        found = self._built[key]
        if isinstance(found, MalformedRequestError):
            raise MalformedRequestError(found.message)
        return found

    def _build(self, given: list[dict[str, Any]]) -> Store | MalformedRequestError:
        """The store; the error itself, to be kept, where there cannot be one: hundreds of cases may ask for it."""
        by_uid = {_uid(document["uid"]): document for document in given}
        if not given:
            return Store(self._handle, self._stable)
        try:
            if by_uid.keys() & self._stable.keys():
                kept = (document for uid, document in self._stable.items() if uid not in by_uid)
                handle = cedarpy.Entities.from_json_str(json.dumps([*kept, *given]), self._schema)
            else:
                handle = self._handle.with_added_json_str(json.dumps(given), self._schema)
        except ValueError as error:
            return self._refusal(given, error)
        return Store(handle, {**self._stable, **by_uid})

    def _refusal(self, given: list[dict[str, Any]], error: ValueError) -> MalformedRequestError:
        """The engine does not say which entity it refuses, so each is tried alone."""
        for document in given:
            try:
                cedarpy.Entities.from_json_str(json.dumps([document]), self._schema)
            except ValueError as alone:
                return MalformedRequestError(f"entity `{_uid(document['uid'])}`: {sanitised(str(alone))}")
        return MalformedRequestError(f"entities: {sanitised(str(error))}")


def _parse(text: str, schema: cedarpy.Schema | None) -> cedarpy.Entities:
    # NOTE: always with the schema, even for no entities: that is how action groups enter the store.
    try:
        return cedarpy.Entities.from_json_str(text, schema)
    except ValueError as error:
        raise MalformedRequestError(f"entities of the app: {sanitised(str(error))}") from None


def _is_bare(entity: EntityData) -> bool:
    return not (entity.attributes or entity.tags or entity.parents)


def _document(entity: EntityData) -> dict[str, Any]:
    return {
        "uid": _uid_json(entity.uid),
        "attrs": entity.attributes,
        "tags": entity.tags,
        "parents": [_uid_json(parent) for parent in sorted(entity.parents)],
    }


def _uid_json(uid: EntityUid) -> dict[str, str]:
    return {"type": uid.type, "id": uid.id}


def _uid(value: Mapping[str, Any]) -> EntityUid:
    """A uid in either of its JSON forms."""
    inner = value.get("__entity", value)
    return EntityUid(inner["type"], inner["id"])
