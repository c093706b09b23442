"""A whole Cedar app, read once: policies with their trees, links, schema, entities."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.exceptions import PolicyException
from bylaw.model.digests import Digest, digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import EntityUid, PolicyRef
from bylaw.model.spans import LineIndex, Span


@dataclass(frozen=True)
class CedarPolicy:
    """One file: a statement, or a template."""

    ref: PolicyRef
    path: str
    text: str
    statement: Statement

    @property
    def effect(self) -> Effect:
        """Whether it grants or restricts."""
        return Effect(self.statement.effect)

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """Annotation values by name."""
        return {annotation.name: annotation.value for annotation in self.statement.annotations}

    @property
    def head(self) -> Span:
        """Where it begins: effect and scope."""
        return self.span(*self.statement.head)

    @property
    def mode(self) -> Mode:
        """What `@enforcement` says; active without it."""
        return Mode.LOG_ONLY if self.annotations.get("enforcement") == Mode.LOG_ONLY else Mode.ACTIVE

    @cached_property
    def canonical(self) -> str:
        """The canonical text."""
        return canonical_text(self.statement)

    @cached_property
    def digest(self) -> Digest:
        """Of the canonical text: re-formatting is no change."""
        return digest_text(self.canonical)

    @cached_property
    def lines(self) -> LineIndex:
        """Turns offsets of this file into positions."""
        return LineIndex(self.text)

    def span(self, start: int, end: int) -> Span:
        """The span of a range of this file."""
        return self.lines.span(self.path, start, end)


@dataclass(frozen=True)
class CedarLink:
    """A policy made from a template by filling its slots."""

    ref: PolicyRef
    template: CedarPolicy
    values: Mapping[str, EntityUid]
    """Slot name (`principal`, `resource`) to entity."""
    span: Span
    """The link in `app.yaml`."""
    description: str | None = None


@dataclass(frozen=True)
class CedarProgram:
    """Everything the Cedar half of an app consists of."""

    app: str
    policies: tuple[CedarPolicy, ...]
    """Static policies and templates, sorted by id."""
    links: tuple[CedarLink, ...]
    schema: Schema | None
    schema_path: str | None
    entities_json: str
    """Cedar entities JSON of the stable entities; `[]` when the app has none."""
    entities_path: str | None
    exceptions: tuple[PolicyException, ...] = ()
    """From forbids of the app, sorted by name."""

    @cached_property
    def by_id(self) -> Mapping[str, CedarPolicy]:
        """Policies and templates by app-relative id."""
        return {policy.ref.policy: policy for policy in self.policies}

    @property
    def static(self) -> tuple[CedarPolicy, ...]:
        """The policies that decide by themselves."""
        return tuple(policy for policy in self.policies if not policy.statement.is_template)

    @property
    def templates(self) -> tuple[CedarPolicy, ...]:
        """The templates."""
        return tuple(policy for policy in self.policies if policy.statement.is_template)
