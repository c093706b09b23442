"""A Cedar app to the bundle for one target: links expanded, logical names made physical, canonical text, one digest each.

An object on a target holds one static policy, so a link is deployed as the policy it stands for. `@enforcement` and `@ignore` speak
to us and not to the engine: the mode is a property of the deployed object, so that a promotion is a change of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bylaw.compile.bundle import Bundle, BundledPolicy, Unenforced
from bylaw.compile.capabilities import Capabilities
from bylaw.compile.limits import exceeded, sized, too_many
from bylaw.compile.names import NameMap, unused_names
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.exceptions import with_exceptions
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.rewrite import filled, rewrite_statement
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.interface import Program
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect
from bylaw.model.identifiers import CommitId, PolicyRef, TargetId
from bylaw.model.spans import Span
from bylaw.repository.layout import App

OURS = frozenset({"enforcement", "ignore"})
"""Annotations that are not deployed."""


@dataclass(frozen=True, slots=True)
class Deployable:
    """A static policy on its way into the bundle."""

    ref: PolicyRef
    policy: CedarPolicy
    statement: Statement
    source: Span
    description: str


def compile_cedar(
    app: App,
    program: Program,
    target: TargetId,
    capabilities: Capabilities,
    provenance: Mapping[str, CommitId],
) -> tuple[Bundle, tuple[Diagnostic, ...]]:
    """Compile `app` for `target`. With errors among the diagnostics the bundle is incomplete and must not be planned.

    Raises:
        TypeError: it is a program of another language.
    """
    if not isinstance(program, CedarProgram):
        raise TypeError(program)
    program = with_exceptions(program)
    return bundle_of(app, tuple(_deployables(program)), program.schema, target, capabilities, provenance)


def bundle_of(
    app: App,
    deployables: Iterable[Deployable],
    schema: Schema | None,
    target: TargetId,
    capabilities: Capabilities,
    provenance: Mapping[str, CommitId],
    unenforced: tuple[Unenforced, ...] = (),
) -> tuple[Bundle, tuple[Diagnostic, ...]]:
    """The bundle of static policies of Cedar, and what the target has against it."""
    problems = Diagnostics()
    names = NameMap.of(app, target)
    policies = []
    for deployable in deployables:
        statement = deployable.statement
        if names.logical:
            statement = rewrite_statement(statement, names.replacer(deployable.policy, deployable.source, problems))
        bundled = _bundled(deployable, statement, provenance)
        problems.extend(exceeded(bundled, capabilities))
        policies.append(bundled)
    problems.extend(unused_names(app, target, names))
    problems.extend(too_many(app, target, policies, capabilities))
    problems.extend(_schema_size(app, target, schema, capabilities.max_schema_bytes))
    return (
        Bundle(
            app=app.id,
            target=target,
            language="cedar",
            schema=schema.text if schema and capabilities.manages_schema else None,
            policies=tuple(sorted(policies, key=lambda policy: policy.ref)),
            protected=app.document.protected,
            unenforced=unenforced,
        ),
        tuple(problems),
    )


def _schema_size(app: App, target: TargetId, schema: Schema | None, most: int | None) -> Iterator[Diagnostic]:
    if schema is not None:
        size = len(schema.text.encode())
        at = app.places.span(("schema",) if app.document.schema_ is not None else ("app",))
        yield from sized(f"the schema of `{app.id}` has", size, most, target, at)


def _deployables(program: CedarProgram) -> Iterator[Deployable]:
    for policy in program.static:
        span = policy.span(policy.statement.start, policy.statement.end)
        yield Deployable(policy.ref, policy, policy.statement, span, policy.annotations.get("description", ""))
    for link in program.links:
        description = link.description or link.template.annotations.get("description", "")
        yield Deployable(link.ref, link.template, filled(link), link.span, description)


def _bundled(deployable: Deployable, statement: Statement, provenance: Mapping[str, CommitId]) -> BundledPolicy:
    annotations = tuple(annotation for annotation in statement.annotations if annotation.name not in OURS)
    text = canonical_text(statement._replace(annotations=annotations))
    return BundledPolicy(
        ref=deployable.ref,
        effect=Effect(statement.effect),
        mode=deployable.policy.mode,
        text=text,
        digest=digest_text(text),
        description=deployable.description,
        source=deployable.source,
        commit=provenance.get(deployable.source.path),
    )
