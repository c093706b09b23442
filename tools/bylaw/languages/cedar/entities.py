"""The stable entities of an app: Cedar entities JSON, read by us first, checked against the schema by the engine.

Stricter than the engine where it would keep silent about a mistake: a key that means nothing, an entity listed twice, an
action. Its errors may hold the whole document; only which entity is wrong, and why, gets out.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import cedarpy

from bylaw.languages.cedar.engine import engine_schema, sentence
from bylaw.languages.cedar.entity_conformance import Unfit, uid_of, unfit
from bylaw.languages.cedar.entity_hierarchy import MAX_MEMBERSHIPS, Knot, knot
from bylaw.languages.cedar.json_places import JsonProblemError, Node, read_places, too_deep
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.wording import code, did_you_mean
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.identifiers import EntityUid
from bylaw.model.spans import LineIndex, whole_file

MAX_TOLD = 100
"""Entities of one document that are told about."""

_KEYS = ("uid", "attrs", "parents", "tags")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NAMED = re.compile(r"failed to evaluate attribute `(?P<name>[^`]*)` of .*(?:function|error): (?P<why>.*)")
_LONG = range(-(2**63), 2**63)

Entities = tuple[Mapping[str, object], ...]


class _RefusedError(ValueError):
    """The fast reader has met something that the exact one will say more about."""


def read_entities(text: str, path: str) -> tuple[Entities, tuple[Diagnostic, ...]]:
    """The entity objects of a document, not yet checked against a schema."""
    try:
        found = _fast(text)
    except ValueError:
        return (), (_bad_json(text, path),)
    if isinstance(found, list) and all(isinstance(item, dict) and _is_sound(item) for item in found):
        seen = Counter(_uid(item["uid"]) for item in found)
        if all(count == 1 for count in seen.values()):
            return tuple(found), ()
    return (), _placed(text, path, _misshapen)


def known_entities(text: str) -> Mapping[EntityUid, frozenset[EntityUid]]:
    """Each entity of a document with its direct parents; empty where the document cannot be read."""
    found, _ = read_entities(text, "")
    return {uid: _parents(item) for item in found if (uid := _uid(item.get("uid")))}


def validate_entities(text: str, path: str, schema: Schema) -> tuple[Diagnostic, ...]:
    """What the engine refuses of a document, entity by entity."""
    items, diagnostics = read_entities(text, path)
    if diagnostics:
        return diagnostics
    tangle = knot({uid: _parents(item) for item in items if (uid := _uid(item.get("uid")))})
    if tangle is not None:
        return _placed(text, path, lambda document: _tangled(document, tangle))
    if _accepts(items, schema):
        return ()
    found = _placed(text, path, lambda document: _nonconforming(document, schema))
    reason = _reason(items, schema)
    return found or (Diagnostic("bad-entity", reason, whole_file(path)),)


def _fast(text: str) -> object:
    if too_deep(text) is not None or _SURROGATE.search(text):
        # Bounded nesting keeps the fast reader from recursing; half of a surrogate pair it would let through.
        read_places(text)
    return json.loads(text, object_pairs_hook=_unique, parse_int=_long, parse_float=_refuse, parse_constant=_refuse)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RefusedError
    return found


def _long(text: str) -> int:
    if len(text) > 20 or (value := int(text)) not in _LONG:
        raise _RefusedError
    return value


def _refuse(_: str) -> object:
    raise _RefusedError


def _bad_json(text: str, path: str) -> Diagnostic:
    try:
        read_places(text)
    except JsonProblemError as problem:
        span = LineIndex(text).span(path, problem.start, problem.end)
        return Diagnostic("bad-json", f"not valid JSON for Cedar: {problem.message}", span, "correct the document")
    return Diagnostic("bad-json", "not valid JSON", whole_file(path), "correct the document")


def _is_sound(item: dict[str, object]) -> bool:
    """Whether an entity has the shape that it must, whatever the schema."""
    uid, parents = _uid(item.get("uid")), item.get("parents")
    return (
        uid is not None
        and not _is_action(uid)
        and item.keys() <= set(_KEYS)
        and isinstance(item.get("attrs"), dict)
        and isinstance(item.get("tags", {}), dict)
        and isinstance(parents, list)
        and all(_uid(parent) for parent in parents)
    )


def _is_action(uid: EntityUid) -> bool:
    return uid.type.rpartition("::")[2] == "Action"


def _uid(value: object) -> EntityUid | None:
    if isinstance(value, dict):
        value = value.get("__entity", value)
    if isinstance(value, dict) and isinstance(value.get("type"), str) and isinstance(value.get("id"), str):
        return EntityUid(value["type"], value["id"])
    return None


def _parents(item: Mapping[str, object]) -> frozenset[EntityUid]:
    parents = item.get("parents")
    return frozenset(uid for parent in parents if (uid := _uid(parent))) if isinstance(parents, list) else frozenset()


def _placed(text: str, path: str, find: Callable[[Node], Iterator[Unfit]]) -> tuple[Diagnostic, ...]:
    """What `find` finds in the document, with spans."""
    lines = LineIndex(text)
    problems = Diagnostics()
    for problem in find(read_places(text)):
        problems.add(
            Diagnostic("bad-entity", problem.message, lines.span(path, problem.start, problem.end), problem.help)
        )
        if len(problems) >= MAX_TOLD:
            break
    return tuple(problems)


def _misshapen(document: Node) -> Iterator[Unfit]:
    if not isinstance(document.value, list):
        remedy = 'write [{"uid": {"type": …, "id": …}, "attrs": {}, "parents": []}]'
        yield Unfit("not a list of Cedar entities", document.start, document.start + 1, remedy)
        return
    seen: set[EntityUid] = set()
    for item in document.items:
        uid = uid_of(item.get("uid"))
        at = item.get("uid") or item
        if uid is None:
            message = "an entity without a `uid`" if at is item else "this `uid` is not an entity"
            yield Unfit(message, at.start, at.end, 'write "uid": {"type": …, "id": …}')
            continue
        if uid in seen:
            yield Unfit(f"{code(str(uid))} is listed twice", at.start, at.end, "keep one of the two")
        seen.add(uid)
        if _is_action(uid):
            remedy = "remove it: actions and their groups come from the schema"
            yield Unfit(f"{code(str(uid))} is an action", at.start, at.end, remedy)
        yield from _misshapen_parts(item, at)


def _misshapen_parts(item: Node, at: Node) -> Iterator[Unfit]:
    for name, member in item.members.items():
        if name not in _KEYS:
            remedy = did_you_mean(name, _KEYS) or f"keys: {', '.join(_KEYS)}"
            yield Unfit(f"unknown key {code(name)}", member.start, member.end, remedy)
    for name, kind, empty in (("attrs", dict, "{}"), ("parents", list, "[]"), ("tags", dict, "{}")):
        node = item.get(name)
        if node is None and name != "tags":
            yield Unfit(f"`{name}` is missing", at.start, at.end, f'add "{name}": {empty}')
        elif node is not None and not isinstance(node.value, kind):
            yield Unfit(f"`{name}` is not {'an object' if kind is dict else 'a list'}", node.start, node.end)
    for parent in (item.get("parents") or Node([], 0, 0)).items:
        if uid_of(parent) is None:
            yield Unfit("a parent is not an entity", parent.start, parent.end, 'write {"type": …, "id": …}')


def _tangled(document: Node, tangle: Knot) -> Iterator[Unfit]:
    for item in document.items:
        at = item.get("uid") or item
        if uid_of(item.get("uid")) == tangle.uid and tangle.in_itself:
            yield Unfit(
                f"{code(str(tangle.uid))} is in itself", at.start, at.end, "remove one of the memberships on the way"
            )
        elif uid_of(item.get("uid")) == tangle.uid:
            message = f"more than {MAX_MEMBERSHIPS:,} memberships, counting groups of groups"
            yield Unfit(message, at.start, at.end, "flatten the hierarchy")


def _nonconforming(document: Node, schema: Schema) -> Iterator[Unfit]:
    for item in document.items:
        uid = uid_of(item.get("uid"))
        plain: Mapping[str, object] = {name: _plain(member.node) for name, member in item.members.items()}
        if uid is None or _accepts((plain,), schema):
            continue
        yield from list(unfit(item, uid, schema)) or [_told_by_engine(item, uid, _reason((plain,), schema))]


def _told_by_engine(item: Node, uid: EntityUid, reason: str) -> Unfit:
    """The engine's sentence, at the attribute that it names."""
    named = _NAMED.match(reason)
    node = (item.get("attrs") or item).get(named["name"]) if named else None
    if named is None or node is None:
        at = item.get("uid") or item
        return Unfit(f"{code(str(uid))}: {reason}", at.start, at.end)
    return Unfit(f"{code(named['name'])}: {named['why']}", node.start, node.end)


def _plain(node: Node) -> object:
    if isinstance(node.value, dict):
        return {name: _plain(member.node) for name, member in node.members.items()}
    return [_plain(item) for item in node.items] if isinstance(node.value, list) else node.value


def _accepts(items: Entities, schema: Schema) -> bool:
    try:
        cedarpy.Entities.from_json_str(json.dumps(items), schema=engine_schema(schema.text))
    except ValueError:
        return False
    return True


def _reason(items: Entities, schema: Schema) -> str:
    """The engine's sentence. Only a request tells it, in front of everything else, after an echo of the whole document."""
    text = json.dumps(items)
    nobody = {"type": "Nobody", "id": ""}
    request = {"principal": nobody, "action": {"type": "Action", "id": ""}, "resource": nobody, "context": {}}
    errors = cedarpy.is_authorized(request, "", text, engine_schema(schema.text)).diagnostics.errors
    echo = f"failed to parse entities from:\n{text}: "
    told = next((error.removeprefix(echo) for error in errors if error.startswith(echo)), "")
    return sentence(told.rpartition("deserialization: ")[2].rpartition("schema: ")[2]) or "not valid for the schema"
