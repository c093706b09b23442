"""A schema is read to the values that the engine means."""

from collections.abc import Iterable
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from bylaw.languages.cedar.schema import (
    ActionDeclaration,
    AttributeType,
    EntityDeclaration,
    EntityType,
    Environment,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from bylaw.languages.cedar.schema_reader import DeclarationSpans, declaration_spans
from bylaw.model.identifiers import EntityUid
from tools.languages.cedar.marked import CASES, Marked
from tools.languages.cedar.schemas import PATH, read


class Meaning(BaseModel):
    """Texts that mean the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    texts: list[str]
    entities: dict[str, str] = {}
    actions: dict[str, str] = {}
    only: str | None = None
    """Compare declarations of this type alone."""


def meanings() -> list[Any]:
    raw = yaml.safe_load((CASES / "schema.yaml").read_text(encoding="utf-8"))
    cases = [Meaning.model_validate(item) for item in raw]
    return [
        pytest.param(text, case, id=f"{case.name} {number}")
        for case in cases
        for number, text in enumerate(case.texts, 1)
    ]


def spelled(type_: Type) -> str:
    """A type, told apart from every other."""
    match type_:
        case PrimitiveType(name):
            return name
        case ExtensionType(name):
            return f"{name}()"
        case EntityType(name):
            return f"entity {name}"
        case SetType(element):
            return f"Set<{spelled(element)}>"
        case RecordType(attributes):
            return f"{{{', '.join(map(spelled_attribute, attributes))}}}"


def spelled_attribute(attribute: AttributeType) -> str:
    return f"{attribute.name}{'' if attribute.required else '?'}: {spelled(attribute.type)}"


def spelled_entity(entity: EntityDeclaration) -> str:
    return " ".join([
        *listed("in", entity.member_of),
        spelled(entity.attributes),
        *([] if entity.tags is None else [f"tags {spelled(entity.tags)}"]),
        *([] if entity.choices is None else [f"enum {'|'.join(entity.choices)}"]),
        *(f"@{name}({value})" for name, value in entity.annotations),
    ])  # fmt: skip


def spelled_action(action: ActionDeclaration) -> str:
    applies = [*listed("for", action.principals), *listed("on", action.resources)]
    context = spelled(action.context)
    return " ".join([
        *listed("in", map(str, action.groups)),
        *applies,
        *([] if applies and context == "{}" else [f"with {context}" if applies else context]),
        *(f"@{name}({value})" for name, value in action.annotations),
    ])  # fmt: skip


def listed(word: str, names: Iterable[str]) -> list[str]:
    joined = ", ".join(names)
    return [f"{word} {joined}"] if joined else []


def spelled_schema(schema: Schema) -> tuple[dict[str, str], dict[str, str]]:
    assert all(name == entity.name for name, entity in schema.entities.items())
    assert all(uid == action.uid for uid, action in schema.actions.items())
    return (
        {name: spelled_entity(entity) for name, entity in schema.entities.items()},
        {str(uid): spelled_action(action) for uid, action in schema.actions.items()},
    )


@pytest.mark.parametrize(("text", "case"), meanings())
def test_a_schema_has_one_meaning_however_it_is_written(text: str, case: Meaning) -> None:
    entities, actions = spelled_schema(read(text))
    if case.only is not None:
        entities = {name: value for name, value in entities.items() if name == case.only}
        actions = {name: value for name, value in actions.items() if name in case.actions}

    assert entities == case.entities
    assert actions == case.actions


@pytest.mark.parametrize(("text", "case"), meanings())
def test_the_canonical_text_has_the_same_meaning(text: str, case: Meaning) -> None:
    schema = read(text)
    again = read(schema.text)

    assert (again.entities, again.actions, again.text) == (schema.entities, schema.actions, schema.text), case.name


HIERARCHY = """
entity Top; entity Middle in Top; entity Low in Middle; entity Loop in [Other, Top]; entity Other in Loop;
action all; action some in all; action one, two in some appliesTo { principal: [Top, Low], resource: Middle };
"""


def test_environments_are_sorted_by_action_principal_and_resource() -> None:
    one, two = EntityUid("Action", "one"), EntityUid("Action", "two")

    assert read(HIERARCHY).environments == (
        Environment("Low", one, "Middle"),
        Environment("Top", one, "Middle"),
        Environment("Low", two, "Middle"),
        Environment("Top", two, "Middle"),
    )


def test_a_type_is_in_itself_and_in_all_above() -> None:
    schema = read(HIERARCHY)
    above = {
        name: {other for other in schema.entities if schema.type_can_be_in(name, other)} for name in schema.entities
    }

    assert above == {
        "Top": {"Top"},
        "Middle": {"Middle", "Top"},
        "Low": {"Low", "Middle", "Top"},
        "Loop": {"Loop", "Other", "Top"},
        "Other": {"Loop", "Other", "Top"},
    }


def test_an_action_is_in_itself_and_in_all_above() -> None:
    schema = read(HIERARCHY)
    above = {uid.id: {other.id for other in schema.actions if schema.action_in(uid, other)} for uid in schema.actions}

    assert above == {
        "all": {"all"},
        "some": {"some", "all"},
        "one": {"one", "some", "all"},
        "two": {"two", "some", "all"},
    }


def test_names_that_are_not_declared_are_in_nothing() -> None:
    schema = read(HIERARCHY)

    assert not schema.type_can_be_in("Nope", "Top")
    assert not schema.action_in(EntityUid("Action", "nope"), EntityUid("Action", "all"))
    assert schema.type_can_be_in("Nope", "Nope")


def test_a_record_finds_its_attributes() -> None:
    attributes = read('entity A { x?: Long, "y z": Bool };').entities["A"].attributes

    assert attributes.attribute("x") == AttributeType("x", PrimitiveType("Long"), required=False)
    assert attributes.attribute("y z") == AttributeType("y z", PrimitiveType("Bool"), required=True)
    assert attributes.attribute("y") is None


def test_a_schema_equals_only_itself() -> None:
    schema = read(HIERARCHY)

    assert schema == schema  # noqa: PLR0124 - the point
    assert schema != read(HIERARCHY)


def test_the_same_declarations_in_another_order_and_layout_have_one_canonical_text() -> None:
    texts = (
        "entity B in A; entity A { y: Long, x: T }; type T = Bool;",
        "type T=Bool;entity A={x:T,y:Long,};entity B in[A];",
    )

    assert len({read(text).text for text in texts}) == 1


DECLARED = {
    "Cedar": (
        'type «T» = Long; entity «A», «B»;\nnamespace N::M {\n  type «T2» = Long; entity «E» enum ["A"];\n'
        '  action «a», «"b \\u{63}"» in c; action «c»;\n}\naction «"é😀"»;'
    ),
    "JSON": (
        '{"": {"commonTypes": {«"T"»: {"type": "Long"}}, "entityTypes": {«"A"»: {}, «"B"»: {}}, "actions": {«"é😀"»: {}}},\n'
        '"N::M": {"commonTypes": {«"T2"»: {"type": "Long"}}, "entityTypes": {«"E"»: {"enum": ["A"]}},\n'
        '  "actions": {«"a"»: {}, «"b \\u0063"»: {"memberOf": [{"id": "c"}]}, «"c"»: {}}}}'
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", DECLARED.values(), ids=DECLARED)
def test_every_name_has_the_place_where_it_is_declared(text: str) -> None:
    case = Marked(name="", schema_text=text, says=[])
    schema = read(case.plain)
    places = declaration_spans(case.plain, PATH)

    assert set(places.types) == {"T", "N::M::T2"}
    assert set(places.entities) == set(schema.entities) == {"A", "B", "N::M::E"}
    assert set(places.actions) == set(schema.actions)
    assert sorted(EntityUid("N::M::Action", name) for name in ("a", "b c", "c")) == sorted(places.actions)[1:]
    found = [*places.types.values(), *places.entities.values(), *places.actions.values()]
    assert sorted(found) == case.spans(PATH)


def test_a_schema_that_the_engine_refuses_has_places_all_the_same() -> None:
    assert set(declaration_spans("entity A in Nope; type T = U; action a in b;", PATH).entities) == {"A"}


@pytest.mark.parametrize("text", ["entity", "{", "entity A { x: " + "{" * 100, '{"": ' + "[" * 100])
def test_a_text_that_is_no_schema_has_no_places(text: str) -> None:
    assert declaration_spans(text, PATH) == DeclarationSpans()
