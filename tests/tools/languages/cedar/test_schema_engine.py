"""The engine knows the same types, hierarchies and environments of a schema."""

from collections.abc import Iterator

import cedarpy
from hypothesis import given, settings

from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.schema import (
    EntityType,
    Environment,
    ExtensionType,
    PrimitiveType,
    RecordType,
    SetType,
    Type,
)
from bylaw.model.identifiers import EntityUid
from tools.evaluation.corpus import corpus_cases
from tools.languages.cedar.schemas import read, schema_texts

USES = {
    "Long": "{0} < 1", "Bool": "!{0}", "String": '{0} like "x"', "ipaddr": "{0}.isIpv4()",
    "decimal": '{0}.lessThan(decimal("1.0"))', "datetime": "{0}.toDate() == {0}", "duration": "{0}.toDays() == 1",
}  # fmt: skip


def uses(base: str, type_: Type) -> Iterator[str]:
    """Conditions that the validator accepts of a value of this type, and of few others."""
    match type_:
        case PrimitiveType(name) | ExtensionType(name):
            yield USES[name].format(base)
        case EntityType(name):
            yield f'{base} == {name}::"x"'
        case SetType(element):
            yield f"{base}.isEmpty()"
            if isinstance(element, EntityType):
                yield f'{base}.contains({element.entity}::"x")'
        case RecordType(attributes):
            yield f"!({base} has other)"
            for attribute in attributes:
                name = quote(attribute.name)
                guard = "" if attribute.required else f"{base} has {name} && "
                yield from (f"{guard}({use})" for use in uses(f"{base}[{name}]", attribute.type))


class Engine:
    """What the engine's validator thinks, of the text as it was written."""

    def __init__(self, text: str) -> None:
        self.schema = cedarpy.Schema.from_str(text)

    def refuses(self, principal: str, action: EntityUid, resource: str, condition: str) -> bool:
        scope = f"principal is {principal}, action == {action}, resource is {resource}"
        return bool(cedarpy.validate_policies(f"permit ({scope}) when {{ {condition} }};", self.schema).errors)

    def reaches(self, environment: Environment, condition: str) -> bool:
        """Whether `condition` can be true: what stands behind it is looked at."""
        assert not self.refuses(*environment, f"{condition} && 1 < 2")
        return self.refuses(*environment, f'{condition} && "" < 1')


@settings(max_examples=60, deadline=None)
@given(schema_texts())
def test_the_engine_knows_the_same_types(text: str) -> None:
    schema, engine = read(text), Engine(text)

    for environment in schema.environments:
        principal, resource = (schema.entities[name] for name in (environment.principal, environment.resource))
        values = [
            ("principal", principal.attributes),
            ("resource", resource.attributes),
            ("context", schema.actions[environment.action].context),
        ]
        for base, type_ in values:
            assert [use for use in uses(base, type_) if engine.refuses(*environment, use)] == []
        for use in uses('principal.getTag("t")', principal.tags) if principal.tags else ():
            assert not engine.refuses(*environment, f'principal.hasTag("t") && {use}')


@settings(max_examples=60, deadline=None)
@given(schema_texts())
def test_the_engine_knows_the_same_hierarchies(text: str) -> None:
    schema, engine = read(text), Engine(text)

    for environment in schema.environments:
        for name in schema.entities:
            known = schema.type_can_be_in(environment.principal, name)
            assert engine.reaches(environment, f'principal in {name}::"x"') is known
        for group in schema.actions:
            assert engine.reaches(environment, f"action in {group}") is schema.action_in(environment.action, group)


@settings(max_examples=30, deadline=None)
@given(schema_texts())
def test_the_engine_knows_the_same_environments(text: str) -> None:
    schema, engine = read(text), Engine(text)
    possible = {
        (principal, action, resource)
        for action in schema.actions
        for principal in schema.entities
        for resource in schema.entities
        if not engine.refuses(principal, action, resource, "true")
    }

    assert set(schema.environments) == possible


def test_the_schemas_of_the_corpus_read_and_so_do_their_canonical_texts() -> None:
    entities = actions = 0
    for case in corpus_cases():
        again = read(case.schema.text)

        assert (again.entities, again.actions) == (case.schema.entities, case.schema.actions), case.name
        assert again.text == case.schema.text, case.name
        entities, actions = entities + len(again.entities), actions + len(again.actions)

    assert entities > 1000
    assert actions > 1000


def test_the_engine_knows_the_same_types_of_the_corpus() -> None:
    for case in corpus_cases(every=20):
        engine = Engine(case.schema.text)
        for environment in case.schema.environments[:20]:
            attributes = case.schema.entities[environment.principal].attributes
            assert [use for use in uses("principal", attributes) if engine.refuses(*environment, use)] == [], case.name
