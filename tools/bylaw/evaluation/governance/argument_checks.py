"""The stage that checks arguments against the schema of a policy."""

from collections.abc import Sequence
from dataclasses import dataclass

from bylaw.evaluation.governance.argument_values import Checker
from bylaw.evaluation.governance.decisions import ArgumentError, PolicyLabel, Refusal, Remediation, Stage
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import State


@dataclass(frozen=True, slots=True)
class ArgumentCheck:
    """The schema of one policy for the arguments of one action."""

    policy: PolicyLabel
    schema: Checker
    stage: Stage = Stage.ARGUMENTS

    def look(self, event: GovernanceEvent, _state: State) -> Refusal | None:
        """Refuses with everything that is wrong."""
        errors = self.schema(event.arguments, "")
        return violated(event.action, errors) if errors else None


def violated(action: str, errors: Sequence[ArgumentError]) -> Refusal:
    """The refusal of arguments that are out of bounds."""
    texts = tuple(error.text for error in errors)
    remediation = Remediation("Correct these arguments and retry.", argument_violations=texts)
    message = f"{action}: {'; '.join(texts)}"
    rule = f"argument_constraints.{action}"
    return Refusal(Reason.ARGUMENT_CONSTRAINT_VIOLATED, message, rule, remediation, argument_errors=tuple(errors))
