"""A whole `governance` app, read once: policies for everybody, for groups, missions, agents and runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bylaw.languages.cedar.loading import load_schema
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.exceptions import PolicyException, load_exceptions
from bylaw.languages.governance.canonical import canonical_text
from bylaw.languages.governance.model import Governance
from bylaw.languages.governance.reading import read_governance
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.digests import Digest, digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import AppId, PolicyRef
from bylaw.model.spans import LineIndex, Span
from bylaw.repository.layout import App
from bylaw.repository.yaml_reader import YamlFile


@dataclass(frozen=True)
class GovernanceFile:
    """One file: one policy."""

    ref: PolicyRef
    file: YamlFile
    policy: Governance

    @property
    def path(self) -> str:
        """Where the file stands."""
        return self.file.path

    @property
    def text(self) -> str:
        """What the file says."""
        return self.file.text

    @property
    def effect(self) -> Effect:
        """A policy bounds what agents may do."""
        return Effect.FORBID

    @property
    def description(self) -> str | None:
        """What people are told about it."""
        return self.policy.description

    @property
    def head(self) -> Span:
        """Where it is named."""
        return self.place("name")

    @property
    def mode(self) -> Mode:
        """Whether it decides: a disabled one does not."""
        return Mode.ACTIVE if self.policy.enabled else Mode.LOG_ONLY

    @cached_property
    def canonical(self) -> str:
        """The canonical text."""
        return canonical_text(self.policy)

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

    def place(self, *route: str | int) -> Span:
        """Where a field is set, by its key; the deepest part of the route that the file has."""
        return self.file.key_span(route)


@dataclass(frozen=True)
class GovernanceProgram:
    """Everything a `governance` app consists of."""

    app: AppId
    policies: tuple[GovernanceFile, ...]
    """Sorted by id."""

    exceptions: tuple[PolicyException, ...] = ()
    """Sorted by name."""
    schema: Schema | None = None
    """Of the tools behind Cedar targets."""

    @cached_property
    def by_id(self) -> Mapping[str, GovernanceFile]:
        """Documents by app-relative id."""
        return {document.ref.policy: document for document in self.policies}


def load_governance(app: App) -> tuple[GovernanceProgram, tuple[Diagnostic, ...]]:
    """Read every document of an app; what cannot be read is left out and diagnosed."""
    problems = Diagnostics()
    documents: list[GovernanceFile] = []
    names: dict[tuple[object, ...], GovernanceFile] = {}
    for file in app.files:
        text, found = app.text(file.path)
        problems.extend(found)
        if text is None:
            continue
        document, found = read_policy(file.ref, file.path, text)
        problems.extend(found)
        if document is None:
            continue
        problems.extend(_taken(document, names))
        documents.append(document)
    policies = tuple(sorted(documents, key=lambda document: document.ref))
    exceptions, found = load_exceptions(app, {document.ref.policy for document in policies})
    problems.extend(found)
    schema = load_schema(app, problems)
    return GovernanceProgram(app.id, policies, exceptions, schema), tuple(problems)


def read_policy(ref: PolicyRef, path: str, text: str) -> tuple[GovernanceFile | None, tuple[Diagnostic, ...]]:
    """Read one document; none where it cannot be read."""
    read = read_governance(text, path)
    if read.policy is None or read.file is None:
        return None, read.diagnostics
    return GovernanceFile(ref, read.file, read.policy), read.diagnostics


def _taken(document: GovernanceFile, names: dict[tuple[object, ...], GovernanceFile]) -> tuple[Diagnostic, ...]:
    """Whether another policy of the same scope and target has its name."""
    policy = document.policy
    other = names.setdefault((policy.name, policy.scope, policy.target_id), document)
    if other is document:
        return ()
    message = f"`{other.path}` has the name `{policy.name}` for the same target"
    return (Diagnostic("duplicate-name", message, document.place("name"), "name the two apart"),)
