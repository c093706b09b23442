"""Guards: `base has name` and `base.hasTag(key)`, the conditions that make a read safe."""

from collections.abc import Iterator
from typing import TypeGuard

from bylaw.analysis.steps import Guards
from bylaw.analysis.view import Condition, Site, split
from bylaw.languages.cedar.ast import Expression, Has, Method
from bylaw.languages.cedar.canonical import expression_text


def is_guard(expression: Expression) -> TypeGuard[Has | Method]:
    """Whether `expression` asks for the presence of an attribute or a tag."""
    return isinstance(expression, Has) or (
        isinstance(expression, Method) and expression.name == "hasTag" and len(expression.arguments) == 1
    )


def guarded_path(guard: Has | Method) -> str:
    """What `guard` asks for, as it would be read."""
    if isinstance(guard, Has):
        return ".".join((expression_text(guard.base), *guard.path))
    return f"{expression_text(guard.receiver)}.getTag({expression_text(guard.arguments[0])})"


def known_at(site: Site) -> Iterator[Condition]:
    """What holds wherever a node at `site` is evaluated."""
    guards: Guards = site.guards
    while guards is not None:
        expression, value, guards = guards
        yield from split(expression, value=value)


def is_present(base: Expression, name: str, site: Site) -> bool:
    """Whether a guard has made sure that `base` has the attribute `name`."""
    text = expression_text(base)
    return any(
        condition.value
        and isinstance(condition.expression, Has)
        and name in condition.expression.path
        and _reaches(condition.expression, text, name)
        for condition in known_at(site)
    )


def _reaches(guard: Has, base: str, name: str) -> bool:
    prefix = expression_text(guard.base)
    for step in guard.path:
        if step == name and prefix == base:
            return True
        prefix = f"{prefix}.{step}"
    return False
