"""Type errors in words: the operand that does not fit, what would fit, and what its author most likely meant."""

import re
from collections.abc import Iterable, Iterator

from bylaw.languages.cedar.ast import (
    Binary,
    Expression,
    If,
    Like,
    Long,
    Method,
    Set,
    String,
    children,
)
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.told import Asked, Told, place_of
from bylaw.languages.cedar.type_words import alternatives, listed, plain_spelling, spelling, words
from bylaw.languages.cedar.typer import type_of

MAX_ENVIRONMENTS = 50
"""Types are compared in so many request environments, to find the operand that is meant."""

_CONSTRUCTORS = {"ipaddr": "ip", "decimal": "decimal", "datetime": "datetime", "duration": "duration"}
_DECIMAL_METHODS = {
    "<": "lessThan",
    "<=": "lessThanOrEqual",
    ">": "greaterThan",
    ">=": "greaterThanOrEqual",
}


def unexpected(asked: Asked) -> Iterator[Told]:
    """An operand of the wrong type."""
    node = asked.node
    if node is None:
        return
    if isinstance(node, Binary) and node.operator == "in" and _about_strings(node, asked):
        remedy = f"write `{_contains(node)}`"
        yield Told(place_of(node), "`in` asks about entities, not strings", remedy)
        return
    for match in asked.matches:
        expected, saw = alternatives(plain_spelling(match["expected"])), plain_spelling(match["saw"])
        message = f"expected {listed(expected)}, found {words(saw)}"
        for operand in (node,) if asked.culprit.as_condition else _operands(node, saw, asked):
            yield Told(place_of(operand), message, _help(node, operand, expected, saw))


def _operands(node: Expression, saw: str, asked: Asked) -> tuple[Expression, ...]:
    """The operands of `node` that have the type `saw`; those of unknown type, or `node`, where none has."""
    # Everything fits as the argument of `contains`, as far as kinds of types go.
    parts = (node.receiver,) if isinstance(node, Method) and node.name == "contains" else children(node)
    types = {part: _spellings(part, asked) for part in parts}
    fitting = tuple(part for part in parts if saw in types[part])
    return fitting or tuple(part for part in parts if not types[part])[:1] or (node,)


def _spellings(node: Expression, asked: Asked) -> frozenset[str]:
    found = (type_of(node, environment, asked.schema) for environment in asked.environments[:MAX_ENVIRONMENTS])
    return frozenset(spelling(type_) for type_ in found if type_ is not None)


def _about_strings(node: Binary, asked: Asked) -> bool:
    right = _spellings(node.right, asked)
    return "String" in _spellings(node.left, asked) and ("Set<String>" in right or "String" in right)


def _contains(node: Binary) -> str:
    left, right = expression_text(node.left), expression_text(node.right)
    return f"{right}.contains({left})" if isinstance(node.right, Set) else f"[…].contains({left})"


def _help(node: Expression, operand: Expression, expected: Iterable[str], saw: str) -> str | None:
    wanted = set(expected)
    if isinstance(operand, String) and (remedy := _string_help(operand, wanted)):
        return remedy
    if isinstance(operand, Long) and "decimal" in wanted:
        return f'write `decimal("{operand.value}.0")`'
    if isinstance(operand, Long) and "duration" in wanted:
        return 'write a duration with its unit, like `duration("1h")`'
    if isinstance(node, Binary):
        return _operator_help(node, saw, wanted)
    if isinstance(node, Method) and operand == node.receiver and saw == "String" and node.name == "contains":
        return 'write `like "*…*"` to look for a part of a string'
    if isinstance(node, Method) and node.name in {"getTag", "hasTag"} and saw.startswith("{"):
        return "entities have tags; the attributes of a record are read as `.name`"
    if isinstance(node, Like):
        return "`like` matches strings only"
    return _CONDITION if wanted == {"Bool"} else None


_CONDITION = "compare it with a value"


def _operator_help(node: Binary, saw: str, wanted: set[str]) -> str | None:
    match node.operator, saw:
        case ("<" | "<=" | ">" | ">=") as operator, "decimal":
            return f"decimals are compared with `.{_DECIMAL_METHODS[operator]}(…)`"
        case "<" | "<=" | ">" | ">=", "String":
            return "strings have no order"
        case "+", "String":
            return "strings cannot be joined"
        case "in", "String" | "Set<String>":
            return _ENTITY
        case _:
            return _CONDITION if wanted == {"Bool"} else None


_ENTITY = 'an entity is written `Type::"id"`'
_LOOKS_LIKE = {
    "datetime": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?"),
    "duration": re.compile(r"-?([0-9]+(ms|[dhms]))+"),
    "decimal": re.compile(r"-?[0-9]+(\.[0-9]+)?"),
    "ipaddr": re.compile(r"[0-9a-fA-F.:]+(/[0-9]+)?"),
}


def _string_help(operand: String, wanted: set[str]) -> str | None:
    value = expression_text(operand)
    if "Long" in wanted and operand.value.lstrip("-").isdecimal():
        return f"write the number without quotes: `{operand.value}`"
    for type_ in sorted(wanted & _CONSTRUCTORS.keys()):
        if _LOOKS_LIKE[type_].fullmatch(operand.value):
            return f"write `{_CONSTRUCTORS[type_]}({value})`"
    if len(wanted) == 1 and (only := next(iter(wanted))) in _CONSTRUCTORS:
        return f'write `{_CONSTRUCTORS[only]}("…")`'
    return _ENTITY if any("AnyEntity" in type_ for type_ in wanted) else None


def incompatible(asked: Asked) -> Iterator[Told]:
    """Two types that have to be one."""
    node, match = asked.node, asked.matches[0]
    if node is None:
        return
    pair = sorted((plain_spelling(match["one"]), plain_spelling(match["other"])))
    one, other = (words(text) for text in pair)
    if pair[0].lstrip("Set<").startswith("{") and pair[1].lstrip("Set<").startswith("{"):
        yield Told(place_of(node), "these records are of different types", _RECORDS)
    elif isinstance(node, Set):
        yield Told(place_of(_odd_one(node, asked)), f"a set cannot hold both {one} and {other}", "make two sets")
    elif isinstance(node, If):
        yield Told(place_of(node), f"the branches of this `if` have different types, {one} and {other}", None)
    elif isinstance(node, Method) and node.arguments:
        argument = node.arguments[0]
        yield Told(
            place_of(argument), f"the set and this argument do not fit: {one} and {other}", _equal_help(node, asked)
        )
    else:
        yield Told(place_of(node), f"{one} and {other} are never equal", _equal_help(node, asked))


_RECORDS = "records compare only if they agree in every name, type and `?`"


def _odd_one(node: Set, asked: Asked) -> Expression:
    """The first element whose type is not that of the first element."""
    first = _spellings(node.elements[0], asked)
    return next((item for item in node.elements[1:] if _spellings(item, asked) != first), node)


def _equal_help(node: Expression, asked: Asked) -> str | None:
    """What to write instead of a string literal."""
    parts = children(node)
    literal = next((part for part in parts if isinstance(part, String)), None)
    if literal is None:
        return None
    others = {text for part in parts if part is not literal for text in _spellings(part, asked)}
    return _entity_help(literal, others, asked.schema) or _string_help(literal, others)


def _entity_help(literal: String, types: set[str], schema: Schema) -> str | None:
    entity = next((type_ for type_ in sorted(types) if type_ in schema.entities), None)
    return f"write the entity: `{entity}::{expression_text(literal)}`" if entity else None
