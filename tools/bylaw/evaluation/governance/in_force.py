"""The policies and exceptions of an app as the evaluator takes them."""

from collections.abc import Mapping

from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.decisions import PolicyLabel, Stage
from bylaw.evaluation.governance.exemptions import Exemption
from bylaw.languages.exceptions import PolicyException
from bylaw.languages.governance.program import GovernanceFile, GovernanceProgram


def policies_of(program: GovernanceProgram) -> tuple[GovernancePolicy, ...]:
    """Every policy under its id, in the order of the ids, which stands for that of their creation."""
    return tuple(map(policy_of, program.policies))


def policy_of(file: GovernanceFile) -> GovernancePolicy:
    """One policy under its id."""
    return GovernancePolicy(PolicyLabel(file.ref.policy, file.policy.name), file.policy)


def exemptions_of(program: GovernanceProgram) -> Mapping[str, Exemption]:
    """Every exception by its name; those that have expired are among them, and the evaluator passes over them."""
    return {exception.name: exemption_of(exception) for exception in program.exceptions}


def exemption_of(exception: PolicyException) -> Exemption:
    """One exception."""
    document = exception.document
    end = document.expires_at
    return Exemption(
        id=exception.name,
        policy=exception.policy,
        agent_id=document.agent,
        run_id=document.run,
        actions=None if document.actions is None else frozenset(document.actions),
        rules=None if document.rules is None else frozenset(map(Stage, document.rules)),
        expires_at_ms=None if end is None else round(end.timestamp() * 1000),
        max_uses=document.max_uses,
    )
