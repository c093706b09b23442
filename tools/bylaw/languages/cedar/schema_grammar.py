"""Cedar schema text to declarations as written, with the range of every name.

One grammar for what people write and for what the engine prints.

    schema      := (declaration | annotation* "namespace" Path "{" declaration* "}")*
    declaration := annotation* (type | entity | action) ";"
    type        := "type" Id "=" Type
    entity      := "entity" Ids ("in" Paths)? ("="? Record)? ("tags" Type)?  |  "entity" Ids "enum" "[" STR,+ "]"
    action      := "action" Names ("in" Groups)? ("appliesTo" "{" Applies,+ "}")? ("attributes" "{" "}")?
    Applies     := ("principal" | "resource") ":" Paths  |  "context" ":" Type
    Type        := Path | "Set" "<" Type ">" | Record
    Record      := "{" (annotation* (Id | STR) "?"? ":" Type),* "}"

Paths and Groups are one item or a bracketed list. It accepts what the engine's grammar does (tested on random texts). What
it refuses on its own account is a trap: the engine takes the last of two attributes of one name and says nothing.

The caller has bounded the nesting of brackets (`bylaw.languages.cedar.schema_limits`), so recursion is bounded here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias, TypeVar

from bylaw.languages.cedar.cursor import Cursor
from bylaw.languages.cedar.escapes import EscapeError, unescape
from bylaw.languages.cedar.expressions import is_identifier
from bylaw.languages.cedar.lexer import Tokens
from bylaw.languages.cedar.wording import code

T = TypeVar("T")
Annotations: TypeAlias = tuple[tuple[str, str], ...]


class Name(NamedTuple):
    """A name and where it stands."""

    text: str
    start: int
    end: int


class RawSet(NamedTuple):
    """`Set<element>`."""

    element: "RawType"


class RawField(NamedTuple):
    """One attribute of a record."""

    name: Name
    type: "RawType"
    required: bool


class RawRecord(NamedTuple):
    """`{…}`."""

    fields: tuple[RawField, ...]


RawType: TypeAlias = Name | RawSet | RawRecord


class RawGroup(NamedTuple):
    """A parent of an action; the type is empty where only its name is given."""

    type: str
    name: Name


class RawCommonType(NamedTuple):
    """A `type` declaration."""

    namespace: str
    name: Name
    type: RawType


class RawEntity(NamedTuple):
    """One name of an `entity` declaration."""

    namespace: str
    name: Name
    parents: tuple[Name, ...] = ()
    record: RawType = RawRecord(())
    tags: RawType | None = None
    choices: tuple[str, ...] | None = None
    annotations: Annotations = ()


class RawAction(NamedTuple):
    """One name of an `action` declaration."""

    namespace: str
    name: Name
    groups: tuple[RawGroup, ...] = ()
    principals: tuple[Name, ...] = ()
    resources: tuple[Name, ...] = ()
    context: RawType = RawRecord(())
    annotations: Annotations = ()


@dataclass(slots=True)
class RawSchema:
    """All declarations, in the order of the source."""

    types: list[RawCommonType] = field(default_factory=list)
    entities: list[RawEntity] = field(default_factory=list)
    actions: list[RawAction] = field(default_factory=list)


EMPTY_RECORD = RawRecord(())


def parse_schema(text: str, tokens: Tokens) -> RawSchema:
    """The declarations of `text`.

    Raises:
        SyntaxProblemError: it is no schema.
    """
    cursor = Cursor(text, tokens)
    found = RawSchema()
    while not cursor.at_end:
        annotations = _annotations(cursor)
        if cursor.accept("namespace"):
            namespace = _path(cursor, "the name of a namespace").text
            cursor.expect("{", "the name of a namespace")
            while not cursor.accept("}"):
                _declaration(cursor, namespace, _annotations(cursor), found)
        else:
            _declaration(cursor, "", annotations, found)
    return found


def _annotations(cursor: Cursor) -> Annotations:
    found = []
    while cursor.accept("@"):
        name = _identifier(cursor, "the name of an annotation").text
        value = ""
        if cursor.accept("("):
            value = _string(cursor, "the value of an annotation").text
            cursor.expect(")", "the value of an annotation")
        found.append((name, value))
    return tuple(found)


def _declaration(cursor: Cursor, namespace: str, annotations: Annotations, found: RawSchema) -> None:
    if cursor.accept("type"):
        name = _identifier(cursor, "the name of a type")
        cursor.expect("=", "the name of a type")
        found.types.append(RawCommonType(namespace, name, _type(cursor)))
    elif cursor.accept("entity"):
        found.entities.extend(_entities(cursor, namespace, annotations))
    elif cursor.accept("action"):
        found.actions.extend(_actions(cursor, namespace, annotations))
    else:
        cursor.fail("cedar-syntax", f"expected `type`, `entity` or `action`, found {cursor.shown}")
    if not cursor.accept(";"):
        cursor.fail("cedar-syntax", f"expected `;` after the declaration, found {cursor.shown}", "end it with `;`")


def _entities(cursor: Cursor, namespace: str, annotations: Annotations) -> Iterator[RawEntity]:
    names = _several(cursor, lambda: _identifier(cursor, "the name of an entity type"))
    if cursor.accept("enum"):
        choices = tuple(name.text for name in _bracketed(cursor, "`enum`", lambda: _string(cursor, "an id")))
        yield from (RawEntity(namespace, name, choices=choices, annotations=annotations) for name in names)
        return
    parents = _paths(cursor) if cursor.accept("in") else ()
    record: RawType = EMPTY_RECORD
    if cursor.accept("=") or cursor.text == "{":
        # The engine prints a bare name here for a record given by a common type in JSON.
        record = _type(cursor)
    tags = _type(cursor) if cursor.accept("tags") else None
    for name in names:
        yield RawEntity(namespace, name, parents, record, tags, annotations=annotations)


def _actions(cursor: Cursor, namespace: str, annotations: Annotations) -> Iterator[RawAction]:
    names = _several(cursor, lambda: _name(cursor, "the name of an action"))
    groups: tuple[RawGroup, ...] = ()
    if cursor.accept("in"):
        several = cursor.text == "["
        groups = _bracketed(cursor, "`in`", lambda: _group(cursor)) if several else (_group(cursor),)
    action = RawAction(namespace, names[0], groups, annotations=annotations)
    if cursor.accept("appliesTo"):
        action = _applies_to(cursor, action)
    if cursor.accept("attributes"):
        cursor.expect("{", "`attributes`")
        cursor.expect("}", "`attributes {`")
    for name in names:
        yield action._replace(name=name)


def _applies_to(cursor: Cursor, action: RawAction) -> RawAction:
    cursor.expect("{", "`appliesTo`")
    while cursor.text != "}" or cursor.texts[cursor.at - 1] == "{":
        if cursor.accept("principal"):
            cursor.expect(":", "`principal`")
            action = action._replace(principals=_paths(cursor))
        elif cursor.accept("resource"):
            cursor.expect(":", "`resource`")
            action = action._replace(resources=_paths(cursor))
        elif cursor.accept("context"):
            cursor.expect(":", "`context`")
            action = action._replace(context=_type(cursor))
        else:
            cursor.fail("cedar-syntax", f"expected `principal`, `resource` or `context`, found {cursor.shown}")
        if not cursor.accept(",") and cursor.text != "}":
            cursor.fail("cedar-syntax", f"expected `,` or `}}`, found {cursor.shown}")
    cursor.take()
    return action


def _type(cursor: Cursor) -> RawType:
    if cursor.text == "{":
        return _record(cursor)
    path = _path(cursor, "a type")
    if path.text == "Set" and cursor.accept("<"):
        element = _type(cursor)
        cursor.expect(">", "the element type of a set")
        return RawSet(element)
    return path


def _record(cursor: Cursor) -> RawRecord:
    cursor.expect("{", "`=`")
    fields: dict[str, RawField] = {}
    while not cursor.accept("}"):
        _annotations(cursor)
        name = _name(cursor, "the name of an attribute")
        if name.text in fields:
            message = f"the attribute {code(name.text)} is declared twice"
            cursor.fail_at("duplicate-attribute", message, name.start, name.end, "keep one of the two")
        optional = cursor.accept("?")
        cursor.expect(":", "the name of an attribute")
        fields[name.text] = RawField(name, _type(cursor), not optional)
        if not cursor.accept(",") and cursor.text != "}":
            cursor.fail("cedar-syntax", f"expected `,` or `}}` after an attribute, found {cursor.shown}")
    return RawRecord(tuple(fields.values()))


def _group(cursor: Cursor) -> RawGroup:
    if cursor.text.startswith('"'):
        return RawGroup("", _string(cursor, "the name of an action"))
    parts = [_identifier(cursor, "the name of an action")]
    while cursor.accept("::"):
        if cursor.text.startswith('"'):
            name = _string(cursor, "the name of an action")
            return RawGroup("::".join(part.text for part in parts), name._replace(start=parts[0].start))
        parts.append(_identifier(cursor, "the type of an action"))
    if len(parts) > 1:
        cursor.fail(
            "cedar-syntax", f'expected the name of an action in quotes, `…::Action::"name"`, found {cursor.shown}'
        )
    return RawGroup("", parts[0])


def _path(cursor: Cursor, what: str) -> Name:
    first = _identifier(cursor, what)
    parts = [first.text]
    while cursor.accept("::"):
        parts.append(_identifier(cursor, what).text)
    return Name("::".join(parts), first.start, cursor.end)


def _paths(cursor: Cursor) -> tuple[Name, ...]:
    if cursor.text == "[":
        return _bracketed(cursor, "a list of types", lambda: _path(cursor, "an entity type"), least=0)
    return (_path(cursor, "an entity type"),)


def _name(cursor: Cursor, what: str) -> Name:
    return _string(cursor, what) if cursor.text.startswith('"') else _identifier(cursor, what)


def _identifier(cursor: Cursor, what: str) -> Name:
    start = cursor.start
    if not is_identifier(cursor.text):
        cursor.fail("cedar-syntax", f"expected {what}, found {cursor.shown}")
    return Name(cursor.take(), start, cursor.end)


def _string(cursor: Cursor, what: str) -> Name:
    start, text = cursor.start, cursor.text
    if len(text) < 2 or not text.startswith('"'):
        cursor.fail("cedar-syntax", f"expected {what} in quotes, found {cursor.shown}")
    cursor.take()
    try:
        return Name(unescape(text[1:-1]), start, cursor.end)
    except EscapeError as error:
        at = start + 1 + error.offset
        cursor.fail_at("unknown-escape", f"`{error.escape}` is no escape", at, at + len(error.escape))


def _several(cursor: Cursor, item: Callable[[], T]) -> tuple[T, ...]:
    found = [item()]
    while cursor.accept(","):
        found.append(item())
    return tuple(found)


def _bracketed(cursor: Cursor, after: str, item: Callable[[], T], *, least: int = 1) -> tuple[T, ...]:
    cursor.expect("[", after)
    found: list[T] = []
    if cursor.text == "]" and least:
        cursor.fail("cedar-syntax", f"nothing in the list after {after}", "name at least one")
    while not cursor.accept("]"):
        found.append(item())
        if cursor.accept(","):
            if cursor.text == "]":
                cursor.fail("cedar-syntax", "a comma without anything after it", "remove the comma")
        elif cursor.text != "]":
            cursor.fail("cedar-syntax", f"expected `,` or `]`, found {cursor.shown}")
    return tuple(found)
