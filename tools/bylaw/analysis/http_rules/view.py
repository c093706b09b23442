"""What the rules over `http-rules` documents see: an app, and each of its documents with what is proved of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from bylaw.analysis.http_rules.facts import Facts
from bylaw.evaluation.http_rules.effective import effective
from bylaw.evaluation.http_rules.merging import Merged
from bylaw.languages.http_rules.model import HttpRules
from bylaw.languages.http_rules.program import GUARDRAILS, RulesPolicy, RulesProgram
from bylaw.model.identifiers import PolicyId
from bylaw.repository.yaml_reader import YamlFile


@dataclass(frozen=True)
class RulesView:
    """One document, and answers to what rules ask in common."""

    policy: RulesPolicy
    program: RulesProgram
    tested: frozenset[str] | None = None
    """Names of the rules that decided in some case of its own; none when no cases ran."""

    @property
    def rules(self) -> HttpRules:
        """The document."""
        return self.policy.rules

    @property
    def is_guardrails(self) -> bool:
        """Whether it stands above every agent."""
        return self.policy.ref.policy == GUARDRAILS

    @cached_property
    def facts(self) -> Facts:
        """What is so of the document alone."""
        return Facts(self.rules)

    @cached_property
    def merged(self) -> Merged:
        """The document under the guardrails of the app."""
        return effective(self.policy, self.program)


@dataclass(frozen=True)
class RulesContext:
    """One app as the rules see it."""

    program: RulesProgram
    today: date
    places: YamlFile | None = None
    """`app.yaml` with its positions."""
    tested: Mapping[PolicyId, frozenset[str]] | None = None
    """By document, the rules that decided in some case; none when no cases ran."""

    @cached_property
    def views(self) -> tuple[RulesView, ...]:
        """Each document."""
        tested = self.tested
        return tuple(
            RulesView(policy, self.program, None if tested is None else tested.get(policy.ref.policy, frozenset()))
            for policy in self.program.policies
        )
