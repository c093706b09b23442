"""The stable entities of an app: Cedar entities JSON, read by us first, checked against the schema by the engine.

An error of the engine may hold the whole document; only which entity is wrong, and why, gets out.
"""

import json
import re
from collections.abc import Mapping

import cedarpy

from bylaw.languages.cedar.engine import engine_schema, sentence
from bylaw.languages.cedar.schema import Schema
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.identifiers import EntityUid
from bylaw.model.spans import LineIndex, Span, whole_file

MAX_NESTING = 50
_NESTING = re.compile(r'"(?:\\.|[^"\\])*"|([\[{])|([\]}])')
_ECHO = re.compile(r"(?:in json|attempted to parse).*", re.DOTALL)


class _DuplicateKeyError(ValueError):
    """A JSON object names a key twice."""


def read_entities(text: str, path: str) -> tuple[tuple[Mapping[str, object], ...], tuple[Diagnostic, ...]]:
    """The entity objects of a document, not yet checked against a schema."""
    problem = _too_deep(text, path)
    if problem:
        return (), (problem,)
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        at = LineIndex(text).span(path, error.pos, error.pos + 1)
        return (), (Diagnostic("bad-json", f"not valid JSON: {error.msg.lower()}", at, "correct the document"),)
    except (_DuplicateKeyError, ValueError) as error:
        return (), (Diagnostic("bad-json", str(error), whole_file(path), "correct the document"),)
    if not isinstance(found, list) or not all(isinstance(item, dict) and _uid(item.get("uid")) for item in found):
        message = "not a list of Cedar entities"
        return (), (Diagnostic("bad-entities", message, whole_file(path), 'write [{"uid": {"type": …, "id": …}, …}]'),)
    return tuple(found), ()


def known_entities(text: str) -> Mapping[EntityUid, frozenset[EntityUid]]:
    """Each entity of a document with its direct parents; empty where the document cannot be read."""
    found, _ = read_entities(text, "")
    return {uid: _parents(item) for item in found if (uid := _uid(item.get("uid")))}


def validate_entities(text: str, path: str, schema: Schema) -> tuple[Diagnostic, ...]:
    """What the engine refuses of a document, entity by entity."""
    items, diagnostics = read_entities(text, path)
    if diagnostics:
        return diagnostics
    handle = engine_schema(schema.text)
    if _refusal(items, handle) is None:
        return ()
    problems = Diagnostics()
    for item in items:
        uid = _uid(item.get("uid"))
        refusal = _refusal((item,), handle)
        if refusal is not None and uid is not None:
            problems.add(
                Diagnostic(
                    "bad-entity", f"`{uid}`: {refusal}", _span(text, path, uid), "correct the entity, or the schema"
                )
            )
    if not len(problems):
        # Each is right alone: two of them contradict each other, or form a cycle.
        refusal = _refusal(items, handle) or "the entities contradict one another"
        problems.add(Diagnostic("bad-entities", refusal, whole_file(path), "correct the entities"))
    return tuple(problems)


def _refusal(items: tuple[Mapping[str, object], ...], schema: cedarpy.Schema) -> str | None:
    try:
        cedarpy.Entities.from_json_str(json.dumps(items), schema=schema)
    except ValueError as error:
        return sentence(_ECHO.sub("", str(error)).removeprefix("error during entity deserialization: "))
    return None


def _too_deep(text: str, path: str) -> Diagnostic | None:
    depth = 0
    for match in _NESTING.finditer(text):
        depth += (match[1] is not None) - (match[2] is not None)
        if depth > MAX_NESTING:
            span = LineIndex(text).span(path, match.start(), match.end())
            return Diagnostic("deep-nesting", f"brackets nest deeper than {MAX_NESTING}", span, "flatten the document")
    return None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _DuplicateKeyError(f"the key `{twice}` occurs twice in one object")
    return found


def _refuse_constant(name: str) -> object:
    raise ValueError(f"`{name}` is no JSON number")


def _uid(value: object) -> EntityUid | None:
    if isinstance(value, dict):
        value = value.get("__entity", value)
    if isinstance(value, dict) and isinstance(value.get("type"), str) and isinstance(value.get("id"), str):
        return EntityUid(value["type"], value["id"])
    return None


def _parents(item: Mapping[str, object]) -> frozenset[EntityUid]:
    parents = item.get("parents")
    return frozenset(uid for parent in parents if (uid := _uid(parent))) if isinstance(parents, list) else frozenset()


def _span(text: str, path: str, uid: EntityUid) -> Span:
    """Where the entity stands: the first place where its id follows a `uid` key."""
    pattern = rf'"uid"\s*:\s*\{{[^{{}}]*{re.escape(json.dumps(uid.id, ensure_ascii=False))}'
    match = re.search(pattern, text)
    return LineIndex(text).span(path, match.start(), match.end()) if match else whole_file(path)
