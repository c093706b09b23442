"""Attributes by the schema: what a type declares, and where an attribute leads."""

from collections.abc import Iterable

from bylaw.languages.cedar.schema import AttributeType, EntityType, RecordType, Schema, Type


def record_of(type_: Type | None, schema: Schema) -> RecordType | None:
    """The attributes of an entity or record type; none for any other."""
    if isinstance(type_, EntityType):
        declared = schema.entities.get(type_.entity)
        return declared.attributes if declared else None
    return type_ if isinstance(type_, RecordType) else None


def attribute_of(type_: Type | None, name: str, schema: Schema) -> AttributeType | None:
    """The attribute `name` of `type_`, if declared."""
    record = record_of(type_, schema)
    return record.attribute(name) if record else None


def step(type_: Type | None, name: str, schema: Schema) -> Type | None:
    """The type that reading `name` leads to."""
    attribute = attribute_of(type_, name, schema)
    return attribute.type if attribute else None


def attributes_of(types: Iterable[Type | None], schema: Schema) -> frozenset[str]:
    """The names that any of `types` declares."""
    records = (record_of(type_, schema) for type_ in types)
    return frozenset(attribute.name for record in records if record for attribute in record.attributes)
