"""What type an expression has in one request environment, and which environments a policy can apply to.

A helper of messages and lint rules, not a judge: where it cannot tell it says so (`None`), and it never raises. The engine
validates. What it does tell agrees with the engine (tested over a public corpus).
"""

from collections.abc import Iterable
from functools import lru_cache

from bylaw.languages.cedar.ast import (
    Attribute,
    Binary,
    Boolean,
    Call,
    Entity,
    Expression,
    Has,
    If,
    Is,
    Like,
    Long,
    Method,
    Negate,
    Not,
    Record,
    Scope,
    ScopeAny,
    ScopeEqual,
    ScopeIn,
    ScopeInSet,
    ScopeIs,
    Set,
    Statement,
    String,
    Variable,
)
from bylaw.languages.cedar.schema import (
    AttributeType,
    EntityType,
    Environment,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from bylaw.model.identifiers import EntityUid

BOOL, LONG, STRING = PrimitiveType("Bool"), PrimitiveType("Long"), PrimitiveType("String")

_LITERALS: dict[type, Type] = {Long: LONG, Negate: LONG, String: STRING}
_FUNCTION_RESULTS = {"ip": "ipaddr", "decimal": "decimal", "datetime": "datetime", "duration": "duration"}
_METHOD_RESULTS: dict[str, Type] = {
    "offset": ExtensionType("datetime"),
    "durationSince": ExtensionType("duration"),
    "toDate": ExtensionType("datetime"),
    "toTime": ExtensionType("duration"),
    **dict.fromkeys(("toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"), LONG),
}


def type_of(node: Expression, environment: Environment, schema: Schema) -> Type | None:
    """The type of `node` in `environment`; none where it has none, or it cannot be told."""
    match node:
        case Variable(name):
            return _variable(name, environment, schema)
        case Boolean() | Not() | Has() | Like() | Is() | Long() | Negate() | String():
            return _LITERALS.get(type(node), BOOL)
        case Entity(type_):
            return EntityType(type_)
        case Binary(operator):
            return LONG if operator in {"+", "-", "*"} else BOOL
        case Attribute(base, name):
            attribute = attribute_of(type_of(base, environment, schema), name, schema)
            return attribute.type if attribute else None
        case If(_, consequence, alternative):
            return type_of(consequence, environment, schema) or type_of(alternative, environment, schema)
        case Set(elements):
            element = next((found for item in elements if (found := type_of(item, environment, schema))), None)
            return SetType(element) if element else None
        case Record(fields):
            return _record(fields, environment, schema)
        case Call(function):
            return ExtensionType(_FUNCTION_RESULTS[function]) if function in _FUNCTION_RESULTS else None
        case Method(receiver, name):
            return _method(receiver, name, environment, schema)
        case _:
            return None


def attribute_of(type_: Type | None, name: str, schema: Schema) -> AttributeType | None:
    """The declaration of the attribute `name` of a record or entity."""
    match type_:
        case RecordType():
            return type_.attribute(name)
        case EntityType(entity) if entity in schema.entities:
            return schema.entities[entity].attributes.attribute(name)
        case _:
            return None


def _variable(name: str, environment: Environment, schema: Schema) -> Type | None:
    if name == "principal":
        return EntityType(environment.principal)
    if name == "resource":
        return EntityType(environment.resource)
    if name == "action":
        return EntityType(environment.action.type)
    action = schema.actions.get(environment.action)
    return action.context if action else None


def _record(fields: Iterable[tuple[str, Expression]], environment: Environment, schema: Schema) -> Type | None:
    typed = sorted(((name, type_of(value, environment, schema)) for name, value in fields), key=lambda pair: pair[0])
    known = tuple(AttributeType(name, type_, required=True) for name, type_ in typed if type_)
    return RecordType(known) if len(known) == len(typed) else None


def _method(receiver: Expression, name: str, environment: Environment, schema: Schema) -> Type | None:
    if name != "getTag":
        return _METHOD_RESULTS.get(name, BOOL)
    owner = type_of(receiver, environment, schema)
    if isinstance(owner, EntityType) and owner.entity in schema.entities:
        return schema.entities[owner.entity].tags
    return None


_Kept = tuple[str, str | None, str | None]
"""What of a principal or resource scope decides on types: its form, the type of `is`, the type of the entity."""


def environments_of(statement: Statement, schema: Schema) -> tuple[Environment, ...]:
    """The request environments that the scope of `statement` admits, in the order of the schema."""
    return _admitted(_kept(statement.principal), _actions(statement.action), _kept(statement.resource), schema)


def _kept(scope: Scope) -> _Kept:
    match scope:
        case ScopeEqual(_, Entity(type_)):
            return ("==", None, type_)
        case ScopeIn(_, Entity(type_)):
            return ("in", None, type_)
        case ScopeIs(_, own, Entity(type_)):
            return ("is", own, type_)
        case ScopeIs(_, own):
            return ("is", own, None)
        case _:
            return ("any", None, None)


def _actions(scope: Scope) -> tuple[str, tuple[EntityUid, ...]]:
    match scope:
        case ScopeEqual(_, Entity(type_, id_)):
            return ("==", (EntityUid(type_, id_),))
        case ScopeIn(_, Entity(type_, id_)):
            return ("in", (EntityUid(type_, id_),))
        case ScopeInSet(_, targets):
            return ("in", tuple(EntityUid(target.type, target.id) for target in targets))
        case ScopeAny():
            return ("any", ())
        case _:
            return ("none", ())


# INVARIANT: a schema is immutable, and equal only to itself, so it can be part of a key.
@lru_cache(maxsize=1024)
def _admitted(
    principal: _Kept, action: tuple[str, tuple[EntityUid, ...]], resource: _Kept, schema: Schema
) -> tuple[Environment, ...]:
    environments = _of_actions(action, schema)
    if principal[0] == resource[0] == "any":
        return environments
    principals, resources = _types(principal, schema), _types(resource, schema)
    return tuple(
        environment
        for environment in environments
        if environment.principal in principals and environment.resource in resources
    )


@lru_cache(maxsize=1024)
def _of_actions(scope: tuple[str, tuple[EntityUid, ...]], schema: Schema) -> tuple[Environment, ...]:
    form, uids = scope
    if form == "any":
        return schema.environments
    wanted = set(uids) if form == "==" else {a for a in schema.actions if any(schema.action_in(a, uid) for uid in uids)}
    return tuple(environment for environment in schema.environments if environment.action in wanted)


@lru_cache(maxsize=1024)
def _types(scope: _Kept, schema: Schema) -> frozenset[str]:
    """The entity types that a principal or resource scope admits."""
    form, own, target = scope
    if form == "==":
        return frozenset({target or ""})
    if form == "is":
        fits = own is not None and (target is None or schema.type_can_be_in(own, target))
        return frozenset({own or ""}) if fits else frozenset()
    names = frozenset(schema.entities)
    if form == "in" and target is not None:
        return frozenset(name for name in names if schema.type_can_be_in(name, target))
    return names
