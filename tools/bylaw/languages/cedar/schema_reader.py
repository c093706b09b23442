"""Cedar schemas to typed values.

The engine parses and checks the text and prints it in one canonical style; a small parser for that style gives the tree, and names
are resolved as the engine resolves them. The grammar of the canonical style, each section sorted:

    schema    := (type | entity | action)* namespace*
    namespace := annotation* "namespace" Path "{" (type | entity | action)* "}"
    entity    := annotation* "entity" Id ("in" "[" Path,* "]")? ("=" Record)? ("tags" Type)? ";"  |  ... "enum" "[" STR,+ "]" ";"
    action    := annotation* "action" STR ("in" "[" (Path "::" STR),+ "]")? ("appliesTo" "{" ... "}")? ";"
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import cedarpy

from bylaw.languages.cedar.cursor import Cursor
from bylaw.languages.cedar.engine import sentence
from bylaw.languages.cedar.escapes import unescape
from bylaw.languages.cedar.lexer import tokenize
from bylaw.languages.cedar.limits import MAX_NESTING, first_too_deep
from bylaw.languages.cedar.schema import (
    ActionDeclaration,
    AttributeType,
    EntityDeclaration,
    EntityType,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.identifiers import EntityUid
from bylaw.model.spans import LineIndex, whole_file

_BUILTIN: Mapping[str, Type] = {
    "Bool": PrimitiveType("Bool"),
    "Long": PrimitiveType("Long"),
    "String": PrimitiveType("String"),
    **{name: ExtensionType(name) for name in ("decimal", "ipaddr", "datetime", "duration")},
}


def read_schema(text: str, path: str) -> tuple[Schema | None, tuple[Diagnostic, ...]]:
    """Read a schema in Cedar or JSON form; none with diagnostics where the engine refuses it."""
    tokens = tokenize(text)
    deep = first_too_deep(tokens.texts)
    if deep is not None:
        span = LineIndex(text).span(path, tokens.starts[deep], tokens.starts[deep] + 1)
        return None, (
            Diagnostic("deep-schema", f"brackets nest deeper than {MAX_NESTING}", span, "name the inner types"),
        )
    try:
        read = cedarpy.Schema.from_json_str if text.lstrip().startswith("{") else cedarpy.Schema.from_str
        canonical = str(read(text))
    except ValueError as error:
        return None, (_refused(str(error), path),)
    return _resolve(_declarations(canonical), canonical), ()


def _refused(message: str, path: str) -> Diagnostic:
    return Diagnostic("bad-schema", f"not a valid schema: {sentence(message)}", whole_file(path), "correct the schema")


_Raw = tuple[object, ...]
"""A type before its names are resolved: ("name", path), ("set", raw) or ("record", ((name, raw, required), ...))."""


@dataclass(slots=True)
class _Found:
    """Declarations as written, each with the namespace it stands in."""

    types: dict[str, tuple[str, _Raw]] = field(default_factory=dict)
    entities: list[tuple[str, str, "_RawEntity"]] = field(default_factory=list)
    actions: list[tuple[str, str, "_RawAction"]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _RawEntity:
    parents: tuple[str, ...]
    record: _Raw
    tags: _Raw | None
    choices: tuple[str, ...] | None
    annotations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _RawAction:
    groups: tuple[tuple[str, str], ...]
    principals: tuple[str, ...]
    resources: tuple[str, ...]
    context: _Raw
    annotations: tuple[tuple[str, str], ...]


_EMPTY: _Raw = ("record", ())


def _declarations(canonical: str) -> _Found:
    cursor = Cursor(canonical, tokenize(canonical))
    found = _Found()
    while not cursor.at_end:
        annotations = _annotations(cursor)
        if cursor.accept("namespace"):
            namespace = _path(cursor)
            cursor.expect("{", "the namespace")
            while not cursor.accept("}"):
                _declaration(cursor, namespace, _annotations(cursor), found)
        else:
            _declaration(cursor, "", annotations, found)
    return found


def _annotations(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    found = []
    while cursor.accept("@"):
        name = cursor.take()
        cursor.expect("(", "an annotation")
        found.append((name, _string(cursor)))
        cursor.expect(")", "an annotation")
    return tuple(found)


def _declaration(cursor: Cursor, namespace: str, annotations: tuple[tuple[str, str], ...], found: _Found) -> None:
    match cursor.take():
        case "type":
            name = cursor.take()
            cursor.expect("=", "the name of a type")
            found.types[_full(namespace, name)] = (namespace, _type(cursor))
        case "entity":
            name = cursor.take()
            found.entities.append((namespace, name, _entity(cursor, annotations)))
        case _:
            name = _string(cursor)
            found.actions.append((namespace, name, _action(cursor, annotations)))
    cursor.expect(";", "a declaration")


def _entity(cursor: Cursor, annotations: tuple[tuple[str, str], ...]) -> _RawEntity:
    if cursor.accept("enum"):
        cursor.expect("[", "`enum`")
        return _RawEntity((), _EMPTY, None, tuple(_strings(cursor)), annotations)
    parents = tuple(_paths(cursor)) if cursor.accept("in") else ()
    record = _type(cursor) if cursor.accept("=") else _EMPTY
    tags = _type(cursor) if cursor.accept("tags") else None
    return _RawEntity(parents, record, tags, None, annotations)


def _action(cursor: Cursor, annotations: tuple[tuple[str, str], ...]) -> _RawAction:
    groups = tuple(_action_uids(cursor)) if cursor.accept("in") else ()
    principals: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    context = _EMPTY
    if cursor.accept("appliesTo"):
        cursor.expect("{", "`appliesTo`")
        while not cursor.accept("}"):
            what = cursor.take()
            cursor.expect(":", what)
            if what == "principal":
                principals = tuple(_paths(cursor))
            elif what == "resource":
                resources = tuple(_paths(cursor))
            else:
                context = _type(cursor)
            cursor.accept(",")
    return _RawAction(groups, principals, resources, context, annotations)


def _type(cursor: Cursor) -> _Raw:
    if cursor.text == "{":
        return _record(cursor)
    path = _path(cursor)
    if path == "Set" and cursor.accept("<"):
        element = _type(cursor)
        cursor.expect(">", "the element of a set")
        return ("set", element)
    return ("name", path)


def _record(cursor: Cursor) -> _Raw:
    cursor.take()
    fields = []
    while not cursor.accept("}"):
        _annotations(cursor)
        name = _string(cursor) if cursor.text.startswith('"') else cursor.take()
        # `?` is no token of policies: it comes as a token of its own.
        optional = cursor.accept("?")
        cursor.expect(":", "the name of an attribute")
        fields.append((name, _type(cursor), not optional))
        cursor.accept(",")
    return ("record", tuple(fields))


def _path(cursor: Cursor) -> str:
    parts = [cursor.take()]
    while cursor.accept("::"):
        parts.append(cursor.take())
    return "::".join(parts)


def _paths(cursor: Cursor) -> Iterator[str]:
    cursor.expect("[", "a list of types")
    while not cursor.accept("]"):
        yield _path(cursor)
        cursor.accept(",")


def _strings(cursor: Cursor) -> Iterator[str]:
    while not cursor.accept("]"):
        yield _string(cursor)
        cursor.accept(",")


def _action_uids(cursor: Cursor) -> Iterator[tuple[str, str]]:
    cursor.expect("[", "`in`")
    while not cursor.accept("]"):
        parts = []
        while not cursor.text.startswith('"'):
            parts.append(cursor.take())
            cursor.expect("::", "an action type")
        yield "::".join(parts), _string(cursor)
        cursor.accept(",")


def _string(cursor: Cursor) -> str:
    return unescape(cursor.take()[1:-1])


def _full(namespace: str, name: str) -> str:
    return f"{namespace}::{name}" if namespace else name


class _Names:
    """Resolves names as the engine does: common type, entity type, in the own namespace, then in the empty one, then built in."""

    def __init__(self, found: _Found) -> None:
        self._types = found.types
        self._entities = {_full(namespace, name) for namespace, name, _ in found.entities}

    def type(self, namespace: str, raw: _Raw) -> Type:
        """The type that `raw` means inside `namespace`; common types are put in place of their names."""
        match raw:
            case ("set", tuple(element)):
                return SetType(self.type(namespace, element))
            case ("record", tuple(fields)):
                return self.record(namespace, fields)
            case ("name", str(path)):
                return self._named(namespace, path)
        raise AssertionError(raw)

    def record(self, namespace: str, fields: tuple[tuple[str, _Raw, bool], ...]) -> RecordType:
        """A record with its attributes sorted."""
        return RecordType(
            tuple(sorted(AttributeType(name, self.type(namespace, raw), required) for name, raw, required in fields))
        )

    def entity(self, namespace: str, path: str) -> str:
        """The full name of an entity type."""
        return next((name for name in _candidates(namespace, path) if name in self._entities), path)

    def context(self, namespace: str, raw: _Raw) -> RecordType:
        """The record of a context, which may be given by the name of a common type."""
        found = self.type(namespace, raw)
        return found if isinstance(found, RecordType) else RecordType(())

    def _named(self, namespace: str, path: str) -> Type:
        if path.startswith("__cedar::"):
            return _BUILTIN[path.removeprefix("__cedar::")]
        for name in _candidates(namespace, path):
            if name in self._types:
                return self.type(*self._types[name])
            if name in self._entities:
                return EntityType(name)
        return _BUILTIN[path]


def _candidates(namespace: str, path: str) -> tuple[str, ...]:
    return (path,) if "::" in path or not namespace else (f"{namespace}::{path}", path)


def _resolve(found: _Found, canonical: str) -> Schema:
    names = _Names(found)
    entities = {
        _full(namespace, name): EntityDeclaration(
            name=_full(namespace, name),
            member_of=tuple(sorted({names.entity(namespace, parent) for parent in raw.parents})),
            attributes=names.context(namespace, raw.record),
            tags=None if raw.tags is None else names.type(namespace, raw.tags),
            choices=raw.choices,
            annotations=raw.annotations,
        )
        for namespace, name, raw in found.entities
    }
    actions = {}
    for namespace, name, raw in found.actions:
        uid = EntityUid(_full(namespace, "Action"), name)
        actions[uid] = ActionDeclaration(
            uid=uid,
            groups=tuple(sorted({_action_uid(namespace, type_, group) for type_, group in raw.groups})),
            principals=tuple(sorted({names.entity(namespace, path) for path in raw.principals})),
            resources=tuple(sorted({names.entity(namespace, path) for path in raw.resources})),
            context=names.context(namespace, raw.context),
            annotations=raw.annotations,
        )
    return Schema(entities, actions, canonical)


def _action_uid(namespace: str, type_: str, name: str) -> EntityUid:
    return EntityUid(_full(namespace, "Action") if type_ == "Action" else type_, name)
