"""Paths: chains of attributes from a request variable, `context.input.amount`. Most rules reason about paths."""

from bylaw.languages.cedar.ast import Attribute, Entity, Expression, Method, String, Variable, children
from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.expressions import RESERVED
from bylaw.model.identifiers import EntityUid


def name_text(name: str) -> str:
    """An attribute name as it stands right of `has`: bare where it can be, else quoted."""
    plain = name.isascii() and name.isidentifier() and name not in RESERVED
    return name if plain else quote(name)


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
            suffixes.append(f".getTag({quote(key.value)})")
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
