"""Imports test files of `cedar run-tests`: JSON in, one of our suites out, as text.

Entities that all tests share become entities of the suite, the others stay with their test; actions without parents are left out,
the schema knows them. `reason` keeps its meaning (a subset of the determining policies), `num_errors` becomes a count (older files
say `has_error`). A test that cannot be read is a diagnostic; the rest are imported.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bylaw.evaluation.interface import Json
from bylaw.languages.cedar.uids import parse_uid
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.spans import whole_file
from bylaw.testing.yaml_writer import SCHEMA_LINE, write_yaml

REQUIRED = ("request", "entities", "decision", "reason")


class _RefusedError(Exception):
    """One test cannot be imported."""


def import_suite(
    text: str, path: str, *, suite: str, policy_ids: Mapping[str, str], files: Mapping[str, str] | None = None
) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The suite that a test file stands for.

    Args:
        text: The JSON file.
        path: Its name, for diagnostics.
        suite: The name of the new suite.
        policy_ids: From the ids in the file (`@id` values, or `policy0`, `policy1` … by position) to ours. Others are kept.
        files: The texts of entity files that tests name, by that name.
    """
    problems = Diagnostics()
    raw = _parse(text, path, problems)
    if raw is None:
        return None, tuple(problems)
    read = []
    for number, test in enumerate(raw):
        try:
            read.append(_Test(number, test, files or {}))
        except _RefusedError as refused:
            problems.add(
                Diagnostic("bad-test", f"test {number + 1}: {refused}", whole_file(path), "correct it in the source")
            )
    shared = _shared([test.entities for test in read])
    names = _unique([test.name for test in read])
    document: dict[str, Json] = {"suite": suite, "about": f"imported from {path.rpartition('/')[2]}"}
    if shared:
        document["entities"] = _named(shared, "shared")
    document["tests"] = [
        test.document(name, [entity for entity in test.entities if entity not in shared], policy_ids)
        for name, test in zip(names, read, strict=True)
    ]
    return SCHEMA_LINE + write_yaml(document), tuple(problems)


def _parse(text: str, path: str, problems: Diagnostics) -> list[Any] | None:
    try:
        raw = json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        problems.add(
            Diagnostic("bad-json", f"not valid JSON: {error}"[:200], whole_file(path), "correct it in the source")
        )
        return None
    if not isinstance(raw, list):
        problems.add(
            Diagnostic("bad-json", "not a list of tests", whole_file(path), "`cedar run-tests` files hold a list")
        )
        return None
    return raw


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key occurs twice in one object")
    return dict(pairs)


class _Test:
    """One test of the file, checked."""

    def __init__(self, number: int, raw: object, files: Mapping[str, str]) -> None:
        if not isinstance(raw, dict):
            raise _RefusedError("not an object")
        missing = [key for key in REQUIRED if key not in raw]
        if missing:
            raise _RefusedError(f"`{missing[0]}` is missing")
        self.name = raw["name"] if isinstance(raw.get("name"), str) and raw["name"] else f"test {number + 1}"
        self.decision = _one_of(raw["decision"], ("allow", "deny"), "decision")
        self.reason = _texts(raw["reason"])
        self.errors = _errors(raw)
        entities = [_entity(entity) for entity in _entities(raw["entities"], files)]
        self.entities = [entity for entity in entities if not _is_bare_action(entity)]
        self.request = _request(raw["request"])

    def document(
        self, name: str, entities: Sequence[dict[str, Json]], policy_ids: Mapping[str, str]
    ) -> dict[str, Json]:
        """The test in our form."""
        expect: dict[str, Json] = {"decision": self.decision}
        if self.reason:
            expect["by"] = [policy_ids.get(policy, policy) for policy in self.reason]
        if self.errors:
            expect["errors"] = self.errors
        own: dict[str, Json] = {"entities": _named(entities, "own")} if entities else {}
        return {"name": name, **own, "request": self.request, "expect": expect}


def _errors(raw: dict[str, Any]) -> int:
    count = raw.get("num_errors", 0 if raw.get("has_error") is False else None)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise _RefusedError("`num_errors` is missing, or is not a count")
    return count


def _entities(raw: object, files: Mapping[str, str]) -> list[Any]:
    if not isinstance(raw, str):
        return _list(raw, "entities")
    if raw not in files:
        raise _RefusedError(f"the entity file `{raw}` is not at hand")
    try:
        return _list(json.loads(files[raw], object_pairs_hook=_no_duplicates), raw)
    except (ValueError, RecursionError):
        raise _RefusedError(f"the entity file `{raw}` is not valid JSON") from None


def _is_bare_action(entity: dict[str, Json]) -> bool:
    return entity.keys() == {"type", "id"} and str(entity["type"]).rpartition("::")[2] == "Action"


def _request(raw: object) -> dict[str, Json]:
    if not isinstance(raw, dict):
        raise _RefusedError("`request` is not an object")
    context = raw.get("context")
    if not isinstance(context, dict):
        raise _RefusedError("`request.context` is not an object")
    return {
        "principal": _uid(raw.get("principal"), "principal"),
        "action": _action(raw.get("action")),
        "resource": _uid(raw.get("resource"), "resource"),
        **({"context": context} if context else {}),
    }


def _uid(text: object, what: str) -> dict[str, Json]:
    uid = parse_uid(text) if isinstance(text, str) else None
    if uid is None:
        raise _RefusedError(f"`request.{what}` is not an entity")
    return {"type": uid.type, "id": uid.id}


def _action(text: object) -> str:
    uid = parse_uid(text) if isinstance(text, str) else None
    if uid is None:
        raise _RefusedError("`request.action` is not an entity")
    return str(uid)


def _entity(raw: object) -> dict[str, Json]:
    if not isinstance(raw, dict) or "uid" not in raw:
        raise _RefusedError("an entity has no `uid`")
    entity: dict[str, Json] = dict(_reference(raw["uid"]))
    for key in ("attrs", "tags"):
        value = raw.get(key, {})
        if not isinstance(value, dict):
            raise _RefusedError(f"`{key}` of an entity is not an object")
        if value:
            entity[key] = value
    parents = [_reference(parent) for parent in _list(raw.get("parents", []), "parents")]
    if parents:
        entity["parents"] = parents
    return entity


def _reference(raw: object) -> dict[str, Json]:
    inner = raw.get("__entity", raw) if isinstance(raw, dict) else None
    if not isinstance(inner, dict) or not all(isinstance(inner.get(key), str) for key in ("type", "id")):
        raise _RefusedError("an entity reference has no type and id")
    return {"type": inner["type"], "id": inner["id"]}


def _list(raw: object, what: str) -> list[Any]:
    if not isinstance(raw, list):
        raise _RefusedError(f"`{what}` is not a list")
    return raw


def _texts(raw: object) -> list[str]:
    items = _list(raw, "reason")
    if not all(isinstance(item, str) for item in items):
        raise _RefusedError("`reason` is not a list of policy ids")
    return items


def _one_of(raw: object, allowed: tuple[str, ...], what: str) -> str:
    if not isinstance(raw, str) or raw not in allowed:
        raise _RefusedError(f"`{what}` is none of {', '.join(allowed)}")
    return raw


def _shared(lists: Sequence[Sequence[dict[str, Json]]]) -> list[dict[str, Json]]:
    """The entities that stand in every list, in the order of the first."""
    first, *others = lists or [[]]
    return [entity for entity in first if all(entity in other for other in others)]


def _named(entities: Iterable[dict[str, Json]], prefix: str) -> dict[str, Json]:
    # A test's entities are merged over the suite's by name, so the two kinds have names of their own.
    return {f"{prefix}-{number}": entity for number, entity in enumerate(entities, 1)}


def _unique(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique
