"""`bylaw effective` of a `governance` app: what all policies that apply to an agent say together, with the files it comes from."""

from collections.abc import Iterator, Sequence

from bylaw.evaluation.governance.applicability import Applicability, GovernancePolicy
from bylaw.evaluation.governance.conflicts import conflicts
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.in_force import policies_of
from bylaw.evaluation.governance.merging import Merged, merge
from bylaw.languages.governance.canonical import plain_approvals, plain_guardrails
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json as Exact
from bylaw.model.exact import inexact
from bylaw.reporting.effective import EffectivePolicy
from bylaw.reporting.json_v1 import Json, JsonObject


def effective_governance(program: GovernanceProgram, agent: str, dialect: Dialect) -> EffectivePolicy:
    """The policies that apply to an agent, in the order in which they are asked, as one document.

    Where several rules stand side by side, all of them hold; so do the approvals of each policy.
    """
    every = policies_of(program)
    places = Applicability(every).of(GovernanceEvent("", 0, agent))
    applying = [every[place] for found in places for place in found if every[place].document.enabled]
    merged = merge(applying, dialect)
    document: JsonObject = {
        "agent": agent,
        "policies": [policy.label.id for policy in applying],
        **dict(_fields(merged)),
        "sources": {
            path: [str(_place(program, id_, path)) for id_ in ids] for path, ids in sorted(merged.sources.items())
        },
    }
    return EffectivePolicy(program.app, agent, document, tuple(_notes(applying)))


def _place(program: GovernanceProgram, policy: str, path: str) -> object:
    return program.by_id[policy].place(*path.split("."))


def _notes(policies: Sequence[GovernancePolicy]) -> Iterator[str]:
    for conflict in conflicts(policies):
        yield f"{conflict.field}: {conflict.description}"


def _fields(merged: Merged) -> Iterator[tuple[str, Json]]:
    """Every field that says something."""
    fields: dict[str, Exact] = {
        "session_budget": merged.session_budget,
        "run_budget": merged.run_budget,
        "action_budgets": merged.action_budgets or None,
        "denied_actions": merged.denied_actions or None,
        "allowed_actions": merged.allowed_actions,
        "rate_limits": {
            action: [{"max_count": one.max_count, "window_seconds": one.window_seconds} for one in limits]
            for action, limits in merged.rate_limits.items()
        }
        or None,
        "approvals": [plain_approvals(approvals) for approvals in merged.approvals] or None,
        "approval_timeout_seconds": merged.approval_timeout_seconds if merged.approvals else None,
        "evidence_requirements": merged.evidence_requirements or None,
        "evidence_max_age_seconds": merged.evidence_max_age_seconds or None,
        "evidence_actions": merged.evidence_actions or None,
        "commit_actions": merged.commit_actions or None,
        "argument_constraints": {
            action: schemas[0] if len(schemas) == 1 else {"allOf": schemas}
            for action, schemas in merged.argument_constraints.items()
        }
        or None,
        "grounding_rules": {
            action: {
                argument: [
                    {
                        "source_action": one.source_action,
                        "source_field": one.source_field,
                        "source_from": one.source_from,
                    }
                    for one in rules
                ]
                for argument, rules in found.items()
            }
            for action, found in merged.grounding_rules.items()
        }
        or None,
    }
    fields["guardrails"] = [found for one in merged.guardrails if (found := plain_guardrails(one))] or None
    yield from ((name, inexact(value)) for name, value in fields.items() if value is not None)
