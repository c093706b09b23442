"""Attribute names by the schema, over all types that something can have."""

from collections.abc import Iterable

from bylaw.languages.cedar.schema import EntityType, RecordType, Schema, Type


def attributes_of(types: Iterable[Type | None], schema: Schema) -> frozenset[str]:
    """The names that any of `types` declares."""
    found: set[str] = set()
    for type_ in types:
        declared = schema.entities.get(type_.entity) if isinstance(type_, EntityType) else None
        record = declared.attributes if declared else type_
        found.update(attribute.name for attribute in (record.attributes if isinstance(record, RecordType) else ()))
    return frozenset(found)
