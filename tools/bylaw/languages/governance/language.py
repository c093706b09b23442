"""`governance` behind the seam that every language has."""

from bylaw.languages.governance.canonical import canonical_text
from bylaw.languages.governance.exceptions import is_exception_text
from bylaw.languages.governance.program import GovernanceFile, GovernanceProgram, load_governance, read_policy
from bylaw.languages.governance.reading import read_governance
from bylaw.languages.interface import Deployed, Formatted, Program
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect
from bylaw.model.identifiers import PolicyRef
from bylaw.repository.layout import SUFFIXES, App
from bylaw.repository.yaml_formatting import formatted_yaml


class GovernanceLanguage:
    """The language of budgets, approvals and evidence."""

    name = "governance"
    suffix = SUFFIXES["governance"]

    def load(self, app: App) -> tuple[GovernanceProgram, tuple[Diagnostic, ...]]:
        """Read every document of an app."""
        return load_governance(app)

    def read(self, ref: PolicyRef, path: str, text: str) -> GovernanceFile | None:
        """Read one document."""
        return read_policy(ref, path, text)[0]

    def validate(self, program: Program) -> tuple[Diagnostic, ...]:  # noqa: ARG002 - reading says everything
        """Nothing is left to say once the documents are read."""
        return ()

    def format(self, text: str, path: str) -> Formatted:
        """Write one document in the house style, comments kept; as it is, where that cannot be done without loss."""
        read = read_governance(text, path)
        return Formatted(None, read.diagnostics) if read.policy is None else Formatted(formatted_yaml(text) or text, ())

    def is_formatted(self, text: str) -> bool:
        """Whether one document is in the house style."""
        return formatted_yaml(text) in {text, None}

    def deployed(self, text: str) -> Deployed | None:
        """Read a text found on a target; none where it is no document."""
        if is_exception_text(text):
            return Deployed(Effect.PERMIT, digest_text(text))
        policy = read_governance(text, "deployed").policy
        return None if policy is None else Deployed(Effect.FORBID, digest_text(canonical_text(policy)))
