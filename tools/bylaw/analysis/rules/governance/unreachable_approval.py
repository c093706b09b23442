"""`unreachable-approval`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class UnreachableApproval(GovernanceRule):
    """An approval rule that never decides.

    ## What it finds

    An approval rule whose cases an earlier rule takes all, or whose actions are refused anyway. Conditions on arguments are
    compared exactly.

    ## Why it matters

    Somebody thinks that these approvers are asked.

    ## Example

    ```yaml
    name: refunds
    approval_rules:
      - name: any
        when: {actions: [issue_refund]}
        approvers: [{type: user, target: ann}]
      - name: large
        when: {actions: [issue_refund], min_cost_usd: 100}
        approvers: [{type: user, target: bob}]
    ```

    ## Instead

    ```yaml
    name: refunds
    approval_rules:
      - name: large
        when: {actions: [issue_refund], min_cost_usd: 100}
        approvers: [{type: user, target: bob}]
      - name: any
        when: {actions: [issue_refund]}
        approvers: [{type: user, target: ann}]
    ```
    """

    id = "unreachable-approval"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.unreachable_approvals:
            yield self.of_place(view, found.route, found.text, help="put the narrower rule first, or remove it")
