"""Paths: chains of attributes from a request variable, `context.input.amount`. Most rules reason about paths."""

import re

from bylaw.languages.cedar.ast import Attribute, Entity, Expression, Method, String, Variable, children
from bylaw.model.identifiers import EntityUid

_IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_RESERVED = frozenset({"true", "false", "if", "then", "else", "in", "is", "like", "has"})


def name_text(name: str) -> str:
    """An attribute name as it stands right of `has`: bare where it can be, else quoted."""
    if _IDENTIFIER.fullmatch(name) and name not in _RESERVED:
        return name
    return quoted(name)


def quoted(text: str) -> str:
    """A Cedar string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return '"' + "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in escaped) + '"'


def path_of(expression: Expression) -> str | None:
    """A variable, attribute chain, or tag read with a literal key, as text; none for anything else."""
    suffixes = []
    node = expression
    while True:
        if isinstance(node, Attribute):
            name = name_text(node.name)
            suffixes.append(f"[{name}]" if name[0] == '"' else f".{name}")
            node = node.base
        elif isinstance(node, Method):
            key = node.arguments[0] if node.name == "getTag" and len(node.arguments) == 1 else None
            if not isinstance(key, String):
                return None
            suffixes.append(f".getTag({quoted(key.value)})")
            node = node.receiver
        else:
            break
    if not isinstance(node, Variable):
        return None
    return node.name + "".join(reversed(suffixes))


def last_name(expression: Expression) -> str | None:
    """The name of the attribute or literal tag that `expression` reads."""
    if isinstance(expression, Attribute):
        return expression.name
    if isinstance(expression, Method) and expression.name == "getTag" and expression.arguments:
        key = expression.arguments[0]
        return key.value if isinstance(key, String) else None
    return None


def root_variables(expression: Expression) -> frozenset[str]:
    """The request variables that `expression` mentions."""
    found = set()
    todo = [expression]
    while todo:
        node = todo.pop()
        if isinstance(node, Variable):
            found.add(node.name)
        else:
            todo.extend(children(node))
    return frozenset(found)


def uid_of(entity: Entity) -> EntityUid:
    """The identifier that an entity literal names."""
    return EntityUid(entity.type, entity.id)
