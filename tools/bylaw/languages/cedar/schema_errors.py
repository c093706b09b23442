"""Why the engine refuses a schema, in our words and with places.

Consulted only after it has refused: it judges, this explains. The engine tells one problem and no place. Problems that can
be seen in the declarations are all told, each where it stands; any other is told in the engine's sentence, at the first
place where the name in that sentence occurs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeAlias, TypeVar

from bylaw.languages.cedar.engine import sentence
from bylaw.languages.cedar.lexer import tokenize
from bylaw.languages.cedar.schema_grammar import Name, RawField, RawRecord, RawSchema, RawSet, RawType
from bylaw.languages.cedar.schema_names import BUILTIN, RawNames, full_name
from bylaw.languages.cedar.wording import code, did_you_mean
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.spans import LineIndex, Position, Span, whole_file

CODE = "bad-schema"
MAX_TOLD = 20
"""Problems of one kind."""
K = TypeVar("K")

_PREFIX = re.compile(r"^error parsing schema: ")
_PLACE = re.compile(r" at line (?P<line>\d+) column (?P<column>\d+)$")
_QUOTED = re.compile(r"`([^`]+)`")
_OFTEN_MEANT = {
    "Boolean": "Bool",
    "boolean": "Bool",
    "bool": "Bool",
    "Integer": "Long",
    "Int": "Long",
    "string": "String",
}

_Problem: TypeAlias = tuple[Name, str, str | None]


def explain(message: str, raw: RawSchema, text: str, path: str) -> tuple[Diagnostic, ...]:
    """The diagnostics for a schema that the engine refused with `message`."""
    lines = LineIndex(text)
    found = Diagnostics()
    names = RawNames(raw)
    for check in _CHECKS:
        for name, problem, remedy in islice(check(raw, names), MAX_TOLD):
            found.add(Diagnostic(CODE, problem, lines.span(path, name.start, name.end), remedy))
    return tuple(found) or (_as_told(message, text, path),)


def _as_told(message: str, text: str, path: str) -> Diagnostic:
    told = sentence(_PREFIX.sub("", message))
    place = _PLACE.search(told)
    told = _PLACE.sub("", told)
    told = told[:1].lower() + told[1:]
    named = _first_named(told, text, path) if place is None or "missing" not in told else None
    span = named or (_line_and_column(place, path) if place else whole_file(path))
    return Diagnostic(CODE, f"not a valid schema: {told}", span)


def _line_and_column(place: re.Match[str], path: str) -> Span:
    # The engine counts columns from 0 or 1 and in bytes; a place near by is what can be had.
    start = Position(max(int(place["line"]), 1), max(int(place["column"]), 1))
    return Span(path, start, Position(start.line, start.column + 1))


def _first_named(message: str, text: str, path: str) -> Span | None:
    tokens = tokenize(text)
    places = list(zip(tokens.texts, tokens.starts, strict=True))
    for quoted in _QUOTED.findall(message):
        last = quoted.rpartition("::")[2].strip('"')
        found = [place for place in places if place[0] == last] or [
            place for place in places if place[0] == f'"{last}"'
        ]
        if last and found:
            token, start = found[min(1, len(found) - 1) if "duplicate" in message else 0]
            return LineIndex(text).span(path, start, start + len(token))
    return None


def _declared(raw: RawSchema) -> Iterator[tuple[str, list[tuple[str, Name]]]]:
    yield "type", [(item.namespace, item.name) for item in raw.types]
    yield "entity type", [(item.namespace, item.name) for item in raw.entities]
    yield "action", [(item.namespace, item.name) for item in raw.actions]


def _declared_twice(raw: RawSchema, _: RawNames) -> Iterator[_Problem]:
    for what, items in _declared(raw):
        seen: set[tuple[str, str]] = set()
        outer = {name.text for namespace, name in items if not namespace}
        for namespace, name in items:
            if (namespace, name.text) in seen:
                yield name, f"the {what} {code(name.text)} is declared twice", "keep one of the two"
            elif namespace and name.text in outer:
                hidden = (
                    f"{code(full_name(namespace, name.text))} hides the {what} {code(name.text)} that has no namespace"
                )
                yield name, hidden, "rename one of the two"
            seen.add((namespace, name.text))


def _cycles(raw: RawSchema, names: RawNames) -> Iterator[_Problem]:
    types = {
        full_name(item.namespace, item.name.text): (
            item.name,
            [
                full_name(common.namespace, common.name.text)
                for name in _names_in(item.type)
                if (common := names.common_type(item.namespace, name.text)) is not None
            ],
        )
        for item in raw.types
    }
    for name in _in_cycles(types):
        yield (
            name,
            f"the type {code(name.text)} contains itself",
            "a type cannot be recursive; refer to an entity instead",
        )
    actions = {
        names.action_uid(item): (item.name, [names.group(item.namespace, group) for group in item.groups])
        for item in raw.actions
    }
    for name in _in_cycles(actions):
        yield name, f"the action group {code(name.text)} is in itself", "remove it from one of the groups it is in"


def _in_cycles(nodes: Mapping[K, tuple[Name, list[K]]]) -> Iterator[Name]:
    """The nodes that can be reached from themselves, in the order of the source."""
    for node, (name, first) in nodes.items():
        seen: set[K] = set()
        todo = list(first)
        while todo and node not in seen:
            step = todo.pop()
            if step not in seen:
                seen.add(step)
                todo.extend(nodes[step][1] if step in nodes else ())
        if node in seen:
            yield name


def _contexts(raw: RawSchema, names: RawNames) -> Iterator[_Problem]:
    for action in raw.actions:
        context, namespace = action.context, action.namespace
        seen: set[int] = set()
        while isinstance(context, Name) and id(context) not in seen:
            seen.add(id(context))
            common = names.common_type(namespace, context.text)
            if common is None:
                break
            context, namespace = common.type, common.namespace
        written = action.context
        if (
            not isinstance(written, Name)
            or isinstance(context, RawRecord)
            or not names.knows_type(namespace, written.text)
        ):
            continue
        yield (
            written,
            f"the context of {code(action.name.text)} is no record",
            "write `context: {…}`, or name a type that is a record",
        )


def _unresolved_types(raw: RawSchema, names: RawNames) -> Iterator[_Problem]:
    known = {*BUILTIN, *names.types, *names.entities}
    for namespace, type_ in _value_types(raw):
        for name in _names_in(type_):
            if not names.knows_type(namespace, name.text):
                yield name, f"no type {code(name.text)}", _remedy(name.text, known)


def _unresolved_entities(raw: RawSchema, names: RawNames) -> Iterator[_Problem]:
    for namespace, name in _entity_names(raw):
        if not names.knows_entity(namespace, name.text):
            yield name, f"no entity type {code(name.text)}", did_you_mean(name.text, names.entities)


def _unresolved_groups(raw: RawSchema, names: RawNames) -> Iterator[_Problem]:
    for action in raw.actions:
        for group in action.groups:
            if names.group(action.namespace, group) not in names.actions:
                near = did_you_mean(group.name.text, {uid.id for uid in names.actions})
                yield group.name, f"no action {code(group.name.text)}", near or "declare it, `action …;`"


def _value_types(raw: RawSchema) -> Iterator[tuple[str, RawType]]:
    for common in raw.types:
        yield common.namespace, common.type
    for entity in raw.entities:
        yield entity.namespace, entity.record
        if entity.tags is not None:
            yield entity.namespace, entity.tags
    for action in raw.actions:
        yield action.namespace, action.context


def _names_in(root: RawType) -> Iterator[Name]:
    todo: list[RawType] = [root]
    while todo:
        type_ = todo.pop()
        if isinstance(type_, RawSet):
            todo.append(type_.element)
        elif isinstance(type_, RawRecord):
            fields: tuple[RawField, ...] = type_.fields
            todo.extend(field.type for field in reversed(fields))
        else:
            yield type_


def _entity_names(raw: RawSchema) -> Iterator[tuple[str, Name]]:
    for entity in raw.entities:
        yield from ((entity.namespace, parent) for parent in entity.parents)
    for action in raw.actions:
        yield from ((action.namespace, name) for name in (*action.principals, *action.resources))


def _remedy(name: str, known: Iterable[str]) -> str | None:
    if name == "Set":
        return "a set says what is in it: `Set<String>`"
    meant = _OFTEN_MEANT.get(name)
    return f"write `{meant}`" if meant else did_you_mean(name, known)


_CHECKS = (_declared_twice, _unresolved_types, _unresolved_entities, _unresolved_groups, _cycles, _contexts)
