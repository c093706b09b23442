"""What a policy language must answer. One implementation per language, registered in `bylaw.languages.registry`."""

from typing import NamedTuple, Protocol

from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.governance.program import GovernanceFile, GovernanceProgram
from bylaw.languages.http_rules.program import RulesPolicy, RulesProgram
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.digests import Digest
from bylaw.model.effects import Effect
from bylaw.model.identifiers import PolicyRef
from bylaw.repository.layout import App

Program = CedarProgram | RulesProgram | GovernanceProgram
"""What an app of any language is once it is read."""
Policy = CedarPolicy | RulesPolicy | GovernanceFile
"""What one policy file of any language is once it is read."""


class Formatted(NamedTuple):
    """A file in the house style; none with diagnostics where it cannot be parsed."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...]


class Deployed(NamedTuple):
    """What a text on a target is, by its canonical form."""

    effect: Effect
    digest: Digest


class Language(Protocol):
    """One policy language."""

    @property
    def name(self) -> str:
        """The word that `app.yaml` uses."""

    @property
    def suffix(self) -> str:
        """The suffix of its policy files."""

    def load(self, app: App) -> tuple[Program, tuple[Diagnostic, ...]]:
        """Read every policy of `app`; what cannot be read is left out and diagnosed."""

    def read(self, ref: PolicyRef, path: str, text: str) -> Policy | None:
        """Read one policy on its own; none where it cannot be read."""

    def validate(self, program: Program) -> tuple[Diagnostic, ...]:
        """Check the whole program against its schema."""

    def format(self, text: str, path: str) -> Formatted:
        """Write one policy in the house style, comments kept."""

    def is_formatted(self, text: str) -> bool:
        """Whether a policy that parses is in the house style."""

    def deployed(self, text: str) -> Deployed | None:
        """Read a text found on a target; none where it is not one policy of this language."""
