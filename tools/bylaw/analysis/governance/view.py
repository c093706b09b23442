"""What the rules over `governance` policies see: an app, and each of its policies with those that stand above it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from bylaw.analysis.governance.facts import Facts
from bylaw.languages.governance.model import Governance, Scope
from bylaw.languages.governance.program import GovernanceFile, GovernanceProgram
from bylaw.model.identifiers import PolicyId
from bylaw.repository.yaml_reader import YamlFile


@dataclass(frozen=True)
class GovernanceView:
    """One policy, and answers to what rules ask in common."""

    file: GovernanceFile
    program: GovernanceProgram
    tested: frozenset[str] | None = None
    """Rules that refused or asked in some test; none when no tests ran."""

    @property
    def policy(self) -> Governance:
        """The policy."""
        return self.file.policy

    @cached_property
    def wider(self) -> tuple[GovernanceFile, ...]:
        """Enabled policies that apply wherever this one does: the global ones, of a narrower one."""
        if self.policy.scope is Scope.GLOBAL:
            return ()
        return tuple(
            file for file in self.program.policies if file.policy.enabled and file.policy.scope is Scope.GLOBAL
        )

    @cached_property
    def facts(self) -> Facts:
        """What is so of the policy, alone and below the wider ones."""
        return Facts(self.policy, tuple(file.policy for file in self.wider))


@dataclass(frozen=True)
class GovernanceContext:
    """One app as the rules see it."""

    program: GovernanceProgram
    today: date
    places: YamlFile | None = None
    """`app.yaml` with its positions."""
    tested: Mapping[PolicyId, frozenset[str]] | None = None
    """By policy, the rules that refused or asked in some test; none when no tests ran."""

    @cached_property
    def views(self) -> tuple[GovernanceView, ...]:
        """Each policy."""
        tested = self.tested
        return tuple(
            GovernanceView(file, self.program, None if tested is None else tested.get(file.ref.policy, frozenset()))
            for file in self.program.policies
        )
