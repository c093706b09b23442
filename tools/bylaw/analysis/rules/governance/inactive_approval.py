"""`inactive-approval`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class InactiveApproval(GovernanceRule):
    """An approval setting that is switched off.

    ## What it finds

    `approval_actions`, `approval_tags`, `approval_risk_levels` or `approval_threshold_usd` of a policy without
    `require_approval: true`.

    ## Why it matters

    Nobody is asked, although the policy reads as if somebody were.

    ## Example

    ```yaml
    name: refunds
    approval_actions: [issue_refund]
    ```

    ## Instead

    ```yaml
    name: refunds
    require_approval: true
    approval_actions: [issue_refund]
    default_approvers: [{type: email, target: ops@example.com}]
    ```
    """

    id = "inactive-approval"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.inactive_approvals:
            yield self.of_place(view, found.route, found.text, help="set `require_approval: true`, or remove it")
