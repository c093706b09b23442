"""Types as the engine spells them in its messages, and as ours show them."""

import re

from bylaw.languages.cedar.schema import EntityType, ExtensionType, PrimitiveType, RecordType, SetType, Type
from bylaw.languages.cedar.wording import code

_INTERNAL = "__cedar::internal::"
_TRUTH = re.compile(rf"{_INTERNAL}(?:True|False)")


def plain_spelling(text: str) -> str:
    """The engine's spelling without the types that stand for one value."""
    return _TRUTH.sub("Bool", text)


def spelling(type_: Type) -> str:
    """`type_` as the engine spells it."""
    match type_:
        case PrimitiveType(name) | ExtensionType(name) | EntityType(name):
            return name
        case SetType(element):
            return f"Set<{spelling(element)}>"
        case RecordType(attributes):
            fields = (f"{a.name}{'' if a.required else '?'}: {spelling(a.type)}," for a in attributes)
            return f"{{{''.join(fields)}}}"


def words(text: str) -> str:
    """A type that the engine spells, for a message."""
    text = plain_spelling(text)
    if text == f"{_INTERNAL}AnyEntity":
        return "an entity"
    if text.startswith(("{", f"{_INTERNAL}OpenRecord")):
        return "a record"
    if text == f"Set<{_INTERNAL}Any>":
        return "a set"
    if text == f"Set<{_INTERNAL}AnyEntity>":
        return "a set of entities"
    if text.startswith("Set<{"):
        return "a set of records"
    return code(text)


def alternatives(text: str) -> list[str]:
    """The types in a list that the engine joins with `or`, shortest word first."""
    return sorted(text.split(", or "), key=lambda item: (len(words(item)), item))


def listed(texts: list[str]) -> str:
    """Types joined with `or`."""
    shown = [words(text) for text in texts]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
