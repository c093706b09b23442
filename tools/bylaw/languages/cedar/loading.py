"""From the files of an app to a `CedarProgram`: every problem is collected, what could be read is kept."""

from collections.abc import Iterator
from functools import lru_cache

from bylaw.languages.cedar.exceptions import exception_problems
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarLink, CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.languages.cedar.uids import parse_uid
from bylaw.languages.exceptions import load_exceptions
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.identifiers import EntityUid, PolicyId, PolicyRef
from bylaw.repository.documents.app import Link
from bylaw.repository.layout import App, PolicyFile


def load_program(app: App) -> tuple[CedarProgram, tuple[Diagnostic, ...]]:
    """Read policies, links, schema and entities of `app`."""
    problems = Diagnostics()
    policies = tuple(policy for file in app.files if (policy := read_policy(app, file, problems)) is not None)
    entities = _text(app, app.document.entities, problems)
    exceptions, found = load_exceptions(app, {policy.ref.policy for policy in policies})
    problems.extend(found)
    program = CedarProgram(
        app=app.id,
        policies=policies,
        links=tuple(_links(app, policies, problems)),
        schema=load_schema(app, problems),
        schema_path=app.document.schema_,
        entities_json="[]" if entities is None else entities,
        entities_path=app.document.entities,
        exceptions=exceptions,
    )
    problems.extend(exception_problems(program))
    return program, tuple(problems)


def read_policy(app: App, file: PolicyFile, problems: Diagnostics) -> CedarPolicy | None:
    """Read one policy file."""
    text, found = app.text(file.path)
    problems.extend(found)
    if text is None:
        return None
    parsed = parse_statement(text, file.path)
    problems.extend(parsed.diagnostics)
    if parsed.statement is None:
        return None
    return CedarPolicy(file.ref, file.path, text, parsed.statement)


def load_schema(app: App, problems: Diagnostics) -> Schema | None:
    """Read the schema that an app names; none where it names none, or it cannot be read."""
    path = app.document.schema_
    text = _text(app, path, problems)
    if text is None or path is None:
        return None
    schema, found = _read_schema(text, path)
    problems.extend(found)
    return schema


# Apps share schemas; both are immutable, so one reading serves all.
_read_schema = lru_cache(maxsize=32)(read_schema)


def _text(app: App, path: str | None, problems: Diagnostics) -> str | None:
    if path is None:
        return None
    text, found = app.text(path)
    problems.extend(found)
    return text


def _links(app: App, policies: tuple[CedarPolicy, ...], problems: Diagnostics) -> Iterator[CedarLink]:
    templates = {policy.ref.policy: policy for policy in policies if policy.statement.is_template}
    taken = {policy.ref.policy for policy in policies}
    for index, link in enumerate(app.document.links):
        if link.id in taken:
            message = f"the id `{link.id}` is taken"
            at = app.places.span(("links", index, "id"))
            problems.add(Diagnostic("duplicate-id", message, at, "give the link an id of its own"))
            continue
        taken.add(PolicyId(link.id))
        template = templates.get(PolicyId(link.template))
        if template is None:
            message = f"link `{link.id}` names `{link.template}`, which is no template of this app"
            at = app.places.span(("links", index, "template"))
            problems.add(Diagnostic("unknown-template", message, at, _known("templates", templates)))
            continue
        values = _values(app, index, link, problems)
        if values is not None:
            span = app.places.span(("links", index))
            yield CedarLink(PolicyRef(app.id, PolicyId(link.id)), template, values, span, link.description)


def _values(app: App, index: int, link: Link, problems: Diagnostics) -> dict[str, EntityUid] | None:
    values: dict[str, EntityUid] = {}
    for slot, text in link.values.items():
        uid = parse_uid(text)
        if uid is None:
            message = f"`{text}` is not an entity"
            at = app.places.span(("links", index, "values", slot))
            problems.add(Diagnostic("bad-entity", message, at, 'write it as `Type::"id"`'))
            return None
        values[slot] = uid
    return values


def _known(what: str, names: dict[PolicyId, CedarPolicy]) -> str:
    return f"{what}: {', '.join(sorted(names))}" if names else f"the app has no {what}"
