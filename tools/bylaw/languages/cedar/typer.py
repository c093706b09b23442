"""What type an expression has in one request environment, and which environments a policy can apply to.

A helper of messages and lint rules, not a judge: where it cannot tell it says so (`None`), and it never raises. The engine
validates.
"""

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
    Slot,
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
            typed = [(name, type_of(value, environment, schema)) for name, value in fields]
            known = tuple(
                AttributeType(name, type_, True) for name, type_ in sorted(typed, key=lambda pair: pair[0]) if type_
            )
            return RecordType(known) if len(known) == len(typed) else None
        case Call(function):
            return ExtensionType(_FUNCTION_RESULTS[function])
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


def _method(receiver: Expression, name: str, environment: Environment, schema: Schema) -> Type | None:
    if name != "getTag":
        return _METHOD_RESULTS.get(name, BOOL)
    owner = type_of(receiver, environment, schema)
    if isinstance(owner, EntityType) and owner.entity in schema.entities:
        return schema.entities[owner.entity].tags
    return None


def environments_of(statement: Statement, schema: Schema) -> tuple[Environment, ...]:
    """The request environments that the scope of `statement` admits, sorted."""
    principals = _types(_bare(statement.principal), schema)
    resources = _types(_bare(statement.resource), schema)
    return tuple(
        environment
        for environment in _of_action(_bare(statement.action), schema)
        if environment.principal in principals and environment.resource in resources
    )


def _bare(scope: Scope) -> Scope:
    """A scope without its place, so that equal scopes of different files share one answer."""
    match scope:
        case ScopeEqual(_, Entity(type_, id_)) | ScopeIn(_, Entity(type_, id_)):
            return scope._replace(target=Entity(type_, id_, 0, 0), start=0, end=0)
        case ScopeInSet(_, targets):
            return scope._replace(targets=tuple(Entity(t.type, t.id, 0, 0) for t in targets), start=0, end=0)
        case ScopeIs(_, _, Entity(type_, id_)):
            return scope._replace(target=Entity(type_, id_, 0, 0), start=0, end=0)
        case _:
            return scope._replace(start=0, end=0)


# INVARIANT: a schema is immutable, and equal only to itself, so it can be part of a key.
@lru_cache(maxsize=4096)
def _of_action(scope: Scope, schema: Schema) -> tuple[Environment, ...]:
    match scope:
        case ScopeAny():
            return schema.environments
        case ScopeEqual(_, Entity() as target):
            wanted = {EntityUid(target.type, target.id)}
        case ScopeIn(_, Entity() as target):
            wanted = _members([target], schema)
        case ScopeInSet(_, targets):
            wanted = _members(targets, schema)
        case _:
            wanted = set()
    return tuple(environment for environment in schema.environments if environment.action in wanted)


def _members(groups: tuple[Entity, ...] | list[Entity], schema: Schema) -> set[EntityUid]:
    uids = [EntityUid(group.type, group.id) for group in groups]
    return {action for action in schema.actions if any(schema.action_in(action, uid) for uid in uids)}


@lru_cache(maxsize=4096)
def _types(scope: Scope, schema: Schema) -> frozenset[str]:
    """The entity types that a principal or resource scope admits."""
    names = frozenset(schema.entities)
    match scope:
        case ScopeEqual(_, Entity() as target):
            return frozenset({target.type})
        case ScopeIn(_, Entity() as target):
            return frozenset(name for name in names if schema.type_can_be_in(name, target.type))
        case ScopeIs(_, type_, target):
            fits = target is None or isinstance(target, Slot) or schema.type_can_be_in(type_, target.type)
            return frozenset({type_}) if fits else frozenset()
        case _:
            return names
