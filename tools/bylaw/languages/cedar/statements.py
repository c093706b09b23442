"""Statements: annotations, effect, scope, clauses."""

from typing import Literal, Never

from bylaw.languages.cedar.ast import (
    Annotation,
    Clause,
    Entity,
    Scope,
    ScopeAny,
    ScopeEqual,
    ScopeIn,
    ScopeInSet,
    ScopeIs,
    Slot,
    Statement,
    VariableName,
)
from bylaw.languages.cedar.cursor import Cursor
from bylaw.languages.cedar.expressions import entity, expression, is_identifier, string, type_path

_SHAPE = "the scope is (principal, action, resource)"
_SCOPE_HELP = {
    "principal": "a principal is compared by `==`, `in` or `is`; other conditions stand in `when { … }`",
    "action": "an action is compared by `==` or `in`; other conditions stand in `when { … }`",
    "resource": "a resource is compared by `==`, `in` or `is`; other conditions stand in `when { … }`",
}
_EFFECTS = {"allow": "permit", "deny": "forbid", "grant": "permit"}


def statement(cursor: Cursor) -> Statement:
    """One policy or template, up to and with its semicolon."""
    start = cursor.start
    annotations = _annotations(cursor)
    effect, head = _effect(cursor)
    cursor.expect("(", f"`{effect}`")
    principal = _scope(cursor, "principal")
    cursor.expect(",", "the principal", _SCOPE_HELP["principal"])
    action = _scope(cursor, "action")
    cursor.expect(",", "the action", _SCOPE_HELP["action"])
    resource = _scope(cursor, "resource")
    cursor.expect(")", "the resource", _SHAPE if cursor.accept(",") else _SCOPE_HELP["resource"])
    clauses = _clauses(cursor)
    if cursor.text != ";":
        _fail_open(cursor, "the last clause" if clauses else "the scope")
    cursor.take()
    return Statement(effect, annotations, principal, action, resource, clauses, head, start, cursor.end)


def _annotations(cursor: Cursor) -> tuple[Annotation, ...]:
    found: list[Annotation] = []
    while cursor.text == "@":
        start = cursor.start
        cursor.take()
        if not is_identifier(cursor.text):
            cursor.fail("cedar-syntax", f"expected the name of an annotation after `@`, found {cursor.shown}")
        name = cursor.take()
        value = ""
        if cursor.accept("("):
            value = string(cursor, "the value of the annotation")
            cursor.expect(")", "the value of the annotation")
        if any(other.name == name for other in found):
            cursor.fail_at("duplicate-annotation", f"`@{name}` occurs twice", start, cursor.end, "keep one of the two")
        found.append(Annotation(name, value, start, cursor.end))
    return tuple(found)


def _effect(cursor: Cursor) -> tuple[Literal["permit", "forbid"], tuple[int, int]]:
    start, text = cursor.start, cursor.text
    if text == "permit":
        cursor.take()
        return "permit", (start, cursor.end)
    if text == "forbid":
        cursor.take()
        return "forbid", (start, cursor.end)
    meant = _EFFECTS.get(text.lower(), text.lower())
    remedy = f"write `{meant}`" if meant in {"permit", "forbid"} else None
    return cursor.fail("cedar-syntax", f"expected `permit` or `forbid`, found {cursor.shown}", remedy)


def _fail_open(cursor: Cursor, after: str) -> Never:
    """Complain about a statement that goes on where it should end."""
    clause = is_identifier(cursor.text) and cursor.texts[cursor.at + 1] == "{"
    remedy = "a condition starts with `when` or `unless`" if clause else "end the statement with `;`"
    cursor.fail("cedar-syntax", f"expected `;` after {after}, found {cursor.shown}", remedy)


def _scope(cursor: Cursor, variable: VariableName) -> Scope:
    start = cursor.start
    if cursor.text != variable:
        cursor.fail("cedar-syntax", f"expected `{variable}`, found {cursor.shown}", _SHAPE)
    cursor.take()
    if cursor.accept("=="):
        target = _target(cursor, variable)
        return ScopeEqual(variable, target, start, cursor.end)
    if cursor.accept("in"):
        if variable == "action" and cursor.texts[cursor.at] == "[":
            targets = _targets(cursor)
            return ScopeInSet(variable, targets, start, cursor.end)
        target = _target(cursor, variable)
        return ScopeIn(variable, target, start, cursor.end)
    if variable != "action" and cursor.accept("is"):
        type_ = type_path(cursor)
        ancestor = _target(cursor, variable) if cursor.accept("in") else None
        return ScopeIs(variable, type_, ancestor, start, cursor.end)
    return ScopeAny(variable, start, cursor.end)


def _target(cursor: Cursor, variable: VariableName) -> Entity | Slot:
    text, start = cursor.text, cursor.start
    if text[:1] == "?":
        if variable == "action":
            cursor.fail("cedar-syntax", "an action cannot be a slot", "only `?principal` and `?resource` can be")
        if text[1:] != variable:
            message = f"the slot of `{variable}` is `?{variable}`, not {cursor.shown}"
            cursor.fail("cedar-syntax", message, f"write `?{variable}`")
        cursor.take()
        return Slot("principal" if text == "?principal" else "resource", start, cursor.end)
    if cursor.accept("("):
        inner = _target(cursor, variable)
        cursor.expect(")", "the entity")
        return inner
    if text == "[":
        remedy = "write `action in […]`" if variable == "action" else f"use a group, or `when {{ {variable} in […] }}`"
        cursor.fail("cedar-syntax", "one entity must stand here, not a list", remedy)
    return entity(cursor)


def _targets(cursor: Cursor) -> tuple[Entity, ...]:
    cursor.take()
    found = []
    while cursor.text != "]":
        found.append(entity(cursor))
        if not cursor.accept(","):
            break
    cursor.expect("]", "the list of actions")
    return tuple(found)


def _clauses(cursor: Cursor) -> tuple[Clause, ...]:
    found = []
    while (kind := cursor.text) in {"when", "unless"}:
        start = cursor.start
        cursor.take()
        cursor.expect("{", f"`{kind}`", f"write `{kind} {{ … }}`")
        if cursor.text == "}":
            cursor.fail("cedar-syntax", f"this `{kind}` is empty", "write a condition, or remove the clause")
        body = expression(cursor)
        cursor.expect("}", "the condition")
        found.append(Clause("when" if kind == "when" else "unless", body, start, cursor.end))
    return tuple(found)
