"""What type each operand must have: the few lines of Cedar's typing rules that are needed to find the place of a type error.

The engine says *that* a policy is ill typed and with which types; this says *where*. It is consulted only for policies that the
engine has refused, and never decides validity.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from bylaw.languages.cedar.ast import Attribute as AttributeNode
from bylaw.languages.cedar.ast import Binary, Call, Expression, If, Is, Like, Method, Negate, Not, Set
from bylaw.languages.cedar.schema import (
    EntityType,
    Environment,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from bylaw.languages.cedar.typer import type_of
from bylaw.languages.cedar.walk import nodes_of

_ENTITY, _SET, _BOOL, _LONG, _STRING = "entity", "Set", "Bool", "Long", "String"
_ORDERED = frozenset({_LONG, "datetime", "duration"})
_RECEIVERS = {
    **dict.fromkeys(("contains", "containsAll", "containsAny", "isEmpty"), _SET),
    **dict.fromkeys(("getTag", "hasTag"), _ENTITY),
    **dict.fromkeys(("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"), "decimal"),
    **dict.fromkeys(("isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange"), "ipaddr"),
    **dict.fromkeys(("offset", "durationSince", "toDate", "toTime"), "datetime"),
    **dict.fromkeys(("toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"), "duration"),
}
_ARGUMENTS = {
    **dict.fromkeys(("containsAll", "containsAny"), _SET),
    **dict.fromkeys(("getTag", "hasTag"), _STRING),
    **dict.fromkeys(("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"), "decimal"),
    "isInRange": "ipaddr",
    "offset": "duration",
    "durationSince": "datetime",
}


class Mismatch(NamedTuple):
    """An operand of the wrong kind."""

    node: Expression
    expected: str
    saw: str


def kind_of(type_: Type) -> str:
    """The short word for a type, as operators care about it."""
    match type_:
        case PrimitiveType(name):
            return name
        case ExtensionType(name):
            return name
        case EntityType():
            return _ENTITY
        case SetType():
            return _SET
        case RecordType():
            return "record"


def mismatches(root: Expression, environment: Environment, schema: Schema) -> Iterator[Mismatch]:
    """Operands whose type is known and wrong, in the order of the source."""
    yield from _against(root, (_BOOL,), environment, schema)
    for node in nodes_of(root):
        for operand, kinds in operands(node):
            yield from _against(operand, kinds, environment, schema)


def _against(node: Expression, kinds: tuple[str, ...], environment: Environment, schema: Schema) -> Iterator[Mismatch]:
    type_ = type_of(node, environment, schema)
    if type_ is not None and kind_of(type_) not in kinds:
        yield Mismatch(node, " or ".join(kinds), kind_of(type_))


def operands(node: Expression) -> Iterator[tuple[Expression, tuple[str, ...]]]:
    """The operands of `node` with the kinds they may have; operands of any kind are left out."""
    match node:
        case Binary("&&" | "||", left, right):
            yield from ((left, (_BOOL,)), (right, (_BOOL,)))
        case Binary("<" | "<=" | ">" | ">=", left, right):
            yield from ((left, tuple(_ORDERED)), (right, tuple(_ORDERED)))
        case Binary("+" | "-" | "*", left, right):
            yield from ((left, (_LONG,)), (right, (_LONG,)))
        case Binary("in", left, right):
            yield left, (_ENTITY,)
            yield from ((item, (_ENTITY,)) for item in (right.elements if isinstance(right, Set) else (right,)))
        case Not(operand):
            yield operand, (_BOOL,)
        case Negate(operand):
            yield operand, (_LONG,)
        case If(condition):
            yield condition, (_BOOL,)
        case Like(base):
            yield base, (_STRING,)
        case Is(base):
            yield base, (_ENTITY,)
        case AttributeNode(base):
            yield base, (_ENTITY, "record")
        case Call(_, arguments):
            yield from ((argument, (_STRING,)) for argument in arguments)
        case Method(receiver, name, arguments):
            yield receiver, (_RECEIVERS[name],)
            if name in _ARGUMENTS:
                yield from ((argument, (_ARGUMENTS[name],)) for argument in arguments)
        case _:
            pass


def unlike_pairs(root: Expression, environment: Environment, schema: Schema) -> Iterator[tuple[Expression, Type, Type]]:
    """Nodes that bring two types together that differ: comparisons, members of sets, branches."""
    for node in nodes_of(root):
        types = [found for part in _compared(node, environment, schema) if (found := part) is not None]
        for one, other in pairwise(types):
            if one != other:
                yield node, one, other
                break


def _compared(node: Expression, environment: Environment, schema: Schema) -> Iterator[Type | None]:
    match node:
        case Binary("==" | "!=", left, right):
            yield from (type_of(left, environment, schema), type_of(right, environment, schema))
        case Binary("<" | "<=" | ">" | ">=", left, right):
            yield from (type_of(left, environment, schema), type_of(right, environment, schema))
        case Set(elements):
            yield from (type_of(item, environment, schema) for item in elements)
        case If(_, consequence, alternative):
            yield from (type_of(consequence, environment, schema), type_of(alternative, environment, schema))
        case Method(receiver, "contains", (argument,)):
            owner = type_of(receiver, environment, schema)
            yield owner.element if isinstance(owner, SetType) else None
            yield type_of(argument, environment, schema)
        case Method(receiver, "containsAll" | "containsAny", (argument,)):
            yield from (type_of(receiver, environment, schema), type_of(argument, environment, schema))
        case _:
            pass
