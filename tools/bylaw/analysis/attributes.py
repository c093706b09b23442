"""Attribute names by the schema, over all types that something can have."""

from collections.abc import Iterable

from bylaw.languages.cedar.schema import EntityType, RecordType, Schema, Type


def attributes_of(types: Iterable[Type | None], schema: Schema) -> frozenset[str]:
    """The names that any of `types` declares."""
    found: set[str] = set()
    for type_ in types:
        record = type_
        if isinstance(type_, EntityType) and type_.entity in schema.entities:
            record = schema.entities[type_.entity].attributes
        if isinstance(record, RecordType):
            found.update(attribute.name for attribute in record.attributes)
    return frozenset(found)
