"""`approval-without-approvers`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class ApprovalWithoutApprovers(GovernanceRule):
    """An approval that nobody is asked for.

    ## What it finds

    A policy that asks for approval, or an approval rule, without anybody to ask.

    ## Why it matters

    Whoever waits for such an approval waits until it expires.

    ## Example

    ```yaml
    name: refunds
    require_approval: true
    approval_threshold_usd: 10
    ```

    ## Instead

    ```yaml
    name: refunds
    require_approval: true
    approval_threshold_usd: 10
    default_approvers: [{type: email, target: ops@example.com}]
    ```
    """

    id = "approval-without-approvers"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.without_approvers:
            yield self.of_place(view, found.route, found.text, help="name approvers")
