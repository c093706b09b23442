"""The policies of an app as the evaluator takes them."""

from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.decisions import PolicyLabel
from bylaw.languages.governance.program import GovernanceFile, GovernanceProgram


def policies_of(program: GovernanceProgram) -> tuple[GovernancePolicy, ...]:
    """Every policy under its id, in the order of the ids, which stands for that of their creation."""
    return tuple(map(policy_of, program.policies))


def policy_of(file: GovernanceFile) -> GovernancePolicy:
    """One policy under its id."""
    return GovernancePolicy(PolicyLabel(file.ref.policy, file.policy.name), file.policy)
