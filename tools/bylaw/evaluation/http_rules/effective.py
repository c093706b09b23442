"""What is in force for an agent of an app."""

from bylaw.evaluation.http_rules.merging import Merged, merge
from bylaw.languages.http_rules.program import RulesPolicy, RulesProgram
from bylaw.model.dialects import Dialect


def effective(policy: RulesPolicy, program: RulesProgram, dialect: Dialect = Dialect.STRICT) -> Merged:
    """What decides about the requests of a document's agent: its rules under the guardrails of the app."""
    guardrails = program.guardrails
    above = None if guardrails is None or guardrails is policy else guardrails.rules
    return merge(above, policy.rules, dialect)
