"""`bylaw effective`: what is in force for one agent of an app, and where each part of it comes from."""

import json
from collections.abc import Iterator

from bylaw.evaluation.http_rules.effective import effective
from bylaw.evaluation.http_rules.merging import (
    DryRunOverridden,
    MergeFinding,
    NameCollision,
    OrgAllowlistWidened,
    OrgShadow,
)
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.languages.http_rules.canonical import canonical_text
from bylaw.languages.http_rules.model import HttpRules
from bylaw.languages.http_rules.program import RulesPolicy, RulesProgram
from bylaw.languages.interface import Program
from bylaw.model.dialects import Dialect
from bylaw.model.errors import UsageError
from bylaw.pipeline.effective_governance import effective_governance
from bylaw.reporting.effective import EffectivePolicy
from bylaw.reporting.json_v1 import Json, JsonObject


def effective_policy(program: Program, agent: str, dialect: Dialect) -> EffectivePolicy:
    """What is in force for an agent.

    Raises:
        UsageError: the app knows no such agent, or its language has none.
    """
    match program:
        case RulesProgram():
            return effective_rules(program, agent, dialect)
        case GovernanceProgram():
            return effective_governance(program, agent, dialect)
        case CedarProgram():
            message = f"the app `{program.app}` is in Cedar, where every policy is about every agent in its scope"
            raise UsageError(message, help="ask `bylaw ask 'what can <principal> do'`")


def effective_rules(program: RulesProgram, agent: str, dialect: Dialect) -> EffectivePolicy:
    """The rules of an agent under the guardrails of its app, each rule with the file and line that it comes from.

    Raises:
        UsageError: the app has no document for that agent.
    """
    policy = program.by_agent.get(agent)
    if policy is None:
        known = ", ".join(sorted(program.by_agent)) or "none"
        raise UsageError(f"the app `{program.app}` has no agent `{agent}`", help=f"agents: {known}")
    merged = effective(policy, program, dialect)
    document = _with_sources(merged.document, policy, program)
    return EffectivePolicy(program.app, agent, document, tuple(map(_note, merged.findings)))


def _with_sources(document: HttpRules, policy: RulesPolicy, program: RulesProgram) -> JsonObject:
    plain: JsonObject = json.loads(canonical_text(document))
    rules = plain.pop("rules")
    sources: JsonObject = dict(_head_sources(document, policy, program))
    return {
        "agent": policy.agent,
        "default": plain["default"],
        "mode": plain["mode"],
        "sources": sources,
        "rules": [_rule(rule, document) for rule in rules] if isinstance(rules, list) else [],
    }


def _rule(written: Json, document: HttpRules) -> Json:
    if not isinstance(written, dict):
        return written
    place = next(str(rule.span) for rule in document.rules if rule.name == written["name"])
    return {"name": written["name"], "source": place, **written}


def _head_sources(document: HttpRules, policy: RulesPolicy, program: RulesProgram) -> Iterator[tuple[str, str]]:
    """Who says what the default and the mode are; the agent where both do."""
    for field in ("default", "mode"):
        value = getattr(document, field)
        above = program.guardrails
        own = above is None or getattr(policy.rules, field) == value
        yield field, str((policy if own or above is None else above).place(field))


def _note(finding: MergeFinding) -> str:
    match finding:
        case OrgAllowlistWidened(rules):
            return f"the guardrails refuse by default what these rules of the agent may allow: {', '.join(rules)}"
        case DryRunOverridden():
            return "the agent only observes, and the guardrails enforce: denials count"
        case OrgShadow():
            return "the guardrails only observe and the agent enforces: the guardrails are left out"
        case NameCollision(name, shown_as):
            return f"both have a rule `{name}`: that of the guardrails is shown as `{shown_as}`"
