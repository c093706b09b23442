"""Which types a schema of arguments demands: those that `type` names, else those that its keywords imply."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bylaw.languages.governance.model import Schema
from bylaw.model.exact import is_list

IMPLIED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        "string": ("pattern", "minLength", "maxLength"),
        "array": ("items", "minItems", "maxItems"),
        "object": ("properties", "required", "additionalProperties"),
    }
)
"""A type and the keywords that compare values of it."""
TYPES: Final = ("null", "boolean", "integer", "number", "string", "array", "object")


def type_groups(schema: Schema) -> tuple[tuple[str, ...], ...]:
    """Groups of types; a value is of one type of each group. As written: what is no type is among them."""
    if "type" not in schema:
        return tuple((name,) for name, keywords in IMPLIED.items() if any(keyword in schema for keyword in keywords))
    named = schema["type"]
    return (tuple(map(str, named)) if is_list(named) else (str(named),),)
