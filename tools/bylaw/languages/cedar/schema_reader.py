"""Cedar schemas to typed values.

The text is read by our own grammar first, which gives places and lets the bounds be held; then the engine checks it and
prints it in its one style; that print, read by the same grammar, becomes the `Schema`, with names resolved as the engine
resolves them. So a schema means what the engine says, whatever our reading of the author's text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import cedarpy

from bylaw.languages.cedar.cursor import SyntaxProblemError
from bylaw.languages.cedar.json_places import JsonProblemError, read_places
from bylaw.languages.cedar.lexer import tokenize
from bylaw.languages.cedar.schema import ActionDeclaration, EntityDeclaration, Schema
from bylaw.languages.cedar.schema_errors import explain
from bylaw.languages.cedar.schema_grammar import RawAction, RawEntity, RawSchema, parse_schema
from bylaw.languages.cedar.schema_json import declarations_of
from bylaw.languages.cedar.schema_limits import MAX_NESTING, first_too_deep, too_large
from bylaw.languages.cedar.schema_names import RawNames, Resolver, full_name
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.identifiers import EntityUid
from bylaw.model.spans import LineIndex, Span


@dataclass(frozen=True, slots=True)
class DeclarationSpans:
    """Where the names of a schema are declared in its file, by full name."""

    types: Mapping[str, Span] = field(default_factory=dict)
    entities: Mapping[str, Span] = field(default_factory=dict)
    actions: Mapping[EntityUid, Span] = field(default_factory=dict)


def read_schema(text: str, path: str) -> tuple[Schema | None, tuple[Diagnostic, ...]]:
    """Read a schema in Cedar or JSON form; none with diagnostics where it is refused."""
    raw, diagnostics = _as_written(text, path)
    if raw is None:
        return None, diagnostics
    try:
        canonical = str(_engine_schema(text))
    except ValueError as error:
        return None, explain(str(error), raw, text, path)
    return _resolved(parse_schema(canonical, tokenize(canonical)), canonical), ()


def declaration_spans(text: str, path: str) -> DeclarationSpans:
    """Where each name is declared; empty where the text cannot be read."""
    raw, _ = _as_written(text, path)
    if raw is None:
        return DeclarationSpans()
    lines = LineIndex(text)
    return DeclarationSpans(
        types={full_name(t.namespace, t.name.text): lines.span(path, t.name.start, t.name.end) for t in raw.types},
        entities={
            full_name(e.namespace, e.name.text): lines.span(path, e.name.start, e.name.end) for e in raw.entities
        },
        actions={RawNames.action_uid(a): lines.span(path, a.name.start, a.name.end) for a in raw.actions},
    )


def _is_json(text: str) -> bool:
    return text.lstrip().startswith("{")


def _engine_schema(text: str) -> cedarpy.Schema:
    return cedarpy.Schema.from_json_str(text) if _is_json(text) else cedarpy.Schema.from_str(text)


def _as_written(text: str, path: str) -> tuple[RawSchema | None, tuple[Diagnostic, ...]]:
    """The declarations of a text within all bounds: nothing else reaches the engine."""
    try:
        raw = declarations_of(read_places(text)) if _is_json(text) else _parsed(text)
    except SyntaxProblemError as problem:
        return None, (problem.diagnostic(path),)
    except JsonProblemError as problem:
        span = LineIndex(text).span(path, problem.start, problem.end)
        return None, (Diagnostic("bad-json", problem.message, span, "correct the document"),)
    excess = too_large(raw)
    if excess is not None:
        span = LineIndex(text).span(path, excess.start, excess.end)
        return None, (Diagnostic("schema-too-large", excess.message, span, excess.help),)
    return raw, ()


def _parsed(text: str) -> RawSchema:
    tokens = tokenize(text)
    deep = first_too_deep(tokens.texts)
    if deep is not None:
        at = tokens.starts[deep]
        message = f"brackets nest deeper than {MAX_NESTING}"
        raise SyntaxProblemError("deep-schema", message, text, (at, at + 1), "name the inner types")
    return parse_schema(text, tokens)


def _resolved(raw: RawSchema, canonical: str) -> Schema:
    names = RawNames(raw)
    resolver = Resolver(names)
    entities = (_entity(item, names, resolver) for item in raw.entities)
    actions = (_action(item, names, resolver) for item in raw.actions)
    return Schema({entity.name: entity for entity in entities}, {action.uid: action for action in actions}, canonical)


def _entity(raw: RawEntity, names: RawNames, resolver: Resolver) -> EntityDeclaration:
    return EntityDeclaration(
        name=full_name(raw.namespace, raw.name.text),
        member_of=tuple(sorted({names.entity(raw.namespace, parent.text) for parent in raw.parents})),
        attributes=resolver.record(raw.namespace, raw.record),
        tags=None if raw.tags is None else resolver.type(raw.namespace, raw.tags),
        choices=raw.choices,
        annotations=raw.annotations,
    )


def _action(raw: RawAction, names: RawNames, resolver: Resolver) -> ActionDeclaration:
    return ActionDeclaration(
        uid=names.action_uid(raw),
        groups=tuple(sorted({names.group(raw.namespace, group) for group in raw.groups})),
        principals=tuple(sorted({names.entity(raw.namespace, name.text) for name in raw.principals})),
        resources=tuple(sorted({names.entity(raw.namespace, name.text) for name in raw.resources})),
        context=resolver.record(raw.namespace, raw.context),
        annotations=raw.annotations,
    )
