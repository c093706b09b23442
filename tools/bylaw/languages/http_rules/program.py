"""A whole `http-rules` app, read once: a document for each agent, and the guardrails that stand above all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bylaw.languages.http_rules.canonical import canonical_text
from bylaw.languages.http_rules.cases import Case
from bylaw.languages.http_rules.model import HttpRules
from bylaw.languages.http_rules.reading import read_rules
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.digests import Digest, digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from bylaw.model.spans import LineIndex, Span, whole_file
from bylaw.repository.layout import App
from bylaw.repository.yaml_reader import YamlFile

GUARDRAILS = PolicyId("guardrails")
"""The document of an app that no agent can loosen; it names no agent."""


@dataclass(frozen=True)
class RulesPolicy:
    """One file: the rules of one agent, or the guardrails."""

    ref: PolicyRef
    file: YamlFile
    rules: HttpRules
    cases: tuple[Case, ...]

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
        """A document bounds what its agent may do."""
        return Effect.FORBID

    @property
    def description(self) -> str | None:
        """What people are told about it."""
        return self.rules.description

    @property
    def head(self) -> Span:
        """Where its rules begin."""
        return self.place("rules")

    @property
    def mode(self) -> Mode:
        """Whether its denials count."""
        return Mode.ACTIVE if self.rules.mode == "enforce" else Mode.LOG_ONLY

    @property
    def agent(self) -> str:
        """Whose requests it is about: who is named, or else what the file is called."""
        return self.rules.agent or self.ref.policy

    @cached_property
    def canonical(self) -> str:
        """The canonical text."""
        return canonical_text(self.rules)

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
        """Where something is said, by its key; the deepest part of the route that the file has."""
        return self.file.key_span(route)


@dataclass(frozen=True)
class RulesProgram:
    """Everything an `http-rules` app consists of."""

    app: AppId
    policies: tuple[RulesPolicy, ...]
    """Sorted by id."""

    @cached_property
    def by_id(self) -> Mapping[str, RulesPolicy]:
        """Documents by app-relative id."""
        return {policy.ref.policy: policy for policy in self.policies}

    @property
    def guardrails(self) -> RulesPolicy | None:
        """What stands above every agent."""
        return self.by_id.get(GUARDRAILS)

    @cached_property
    def by_agent(self) -> Mapping[str, RulesPolicy]:
        """The documents of agents."""
        return {policy.agent: policy for policy in self.policies if policy.ref.policy != GUARDRAILS}


def load_rules(app: App) -> tuple[RulesProgram, tuple[Diagnostic, ...]]:
    """Read every document of an app; what cannot be read is left out and diagnosed."""
    problems = Diagnostics()
    policies: list[RulesPolicy] = []
    agents: dict[str, RulesPolicy] = {}
    for file in app.files:
        text, found = app.text(file.path)
        problems.extend(found)
        if text is None:
            continue
        policy, found = read_policy(file.ref, file.path, text)
        problems.extend(found)
        if policy is None:
            continue
        problems.extend(_misplaced(policy, agents))
        policies.append(policy)
    for file in app.exceptions:
        message, remedy = "egress rules have no exceptions", "write an allow rule, or a narrower deny rule"
        problems.add(Diagnostic("exception-policy", message, whole_file(file.path), remedy))
    return RulesProgram(app.id, tuple(sorted(policies, key=lambda policy: policy.ref))), tuple(problems)


def read_policy(ref: PolicyRef, path: str, text: str) -> tuple[RulesPolicy | None, tuple[Diagnostic, ...]]:
    """Read one document with its cases; none where it cannot be read."""
    read = read_rules(text, path)
    if read.rules is None or read.file is None:
        return None, read.diagnostics
    return RulesPolicy(ref, read.file, read.rules, read.cases), read.diagnostics


def _misplaced(policy: RulesPolicy, agents: dict[str, RulesPolicy]) -> tuple[Diagnostic, ...]:
    if policy.ref.policy == GUARDRAILS:
        if policy.rules.agent is None:
            return ()
        message = f"the guardrails name the agent `{policy.rules.agent}`, and are about all"
        return (Diagnostic("guardrails-agent", message, policy.span(0, 0), "remove `agent`, or rename the file"),)
    other = agents.setdefault(policy.agent, policy)
    if other is policy:
        return ()
    message = f"`{other.path}` is about the agent `{policy.agent}` too"
    return (Diagnostic("duplicate-agent", message, policy.span(0, 0), "join the two documents"),)
