"""What differs between two versions of one policy, in the words of its language."""

from bylaw.diff.cedar import cedar_edits
from bylaw.diff.edits import Edit
from bylaw.diff.governance import governance_edits
from bylaw.diff.http_rules import rules_edits
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.governance.program import GovernanceFile
from bylaw.languages.http_rules.program import RulesPolicy
from bylaw.languages.interface import Policy


def policy_edits(before: Policy, after: Policy) -> tuple[Edit, ...]:
    """Every difference, in the order in which a reader meets them; where the language changed, that alone."""
    match before, after:
        case CedarPolicy(), CedarPolicy():
            return cedar_edits(before, after)
        case RulesPolicy(), RulesPolicy():
            return rules_edits(before, after)
        case GovernanceFile(), GovernanceFile():
            return governance_edits(before, after)
        case _:
            return (Edit("language", None, "another language", span=after.head),)
