"""Cedar programs from a few lines of text."""

from collections.abc import Mapping

from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarLink, CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.identifiers import AppId, EntityUid, PolicyId, PolicyRef
from bylaw.model.spans import whole_file

APP = AppId("desk")


def policy(name: str, text: str) -> CedarPolicy:
    """One policy of the app `desk`."""
    path = f"policies/{APP}/{name}.cedar"
    parsed = parse_statement(text, path)
    assert parsed.statement is not None, parsed.diagnostics
    return CedarPolicy(PolicyRef(APP, PolicyId(name)), path, text, parsed.statement)


def link(name: str, template: CedarPolicy, **values: EntityUid) -> CedarLink:
    """A link of `template`."""
    return CedarLink(PolicyRef(APP, PolicyId(name)), template, values, whole_file("policies/desk/app.yaml"))


def schema(text: str) -> Schema:
    """A schema that must be valid."""
    found, problems = read_schema(text, "schemas/desk.cedarschema")
    assert found is not None, problems
    return found


def program(
    policies: Mapping[str, str],
    schema_text: str | None = None,
    *,
    links: tuple[CedarLink, ...] = (),
    entities: str = "[]",
) -> CedarProgram:
    """The app `desk`."""
    return CedarProgram(
        app=APP,
        policies=tuple(policy(name, text) for name, text in sorted(policies.items())),
        links=links,
        schema=schema(schema_text) if schema_text else None,
        schema_path="schemas/desk.cedarschema" if schema_text else None,
        entities_json=entities,
        entities_path=None,
    )
