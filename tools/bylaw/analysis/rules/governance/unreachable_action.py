"""`unreachable-action`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class UnreachableAction(GovernanceRule):
    """An action that needs evidence which can never be there.

    ## What it finds

    An action whose `evidence_requirements` name an action that is denied, not allowed, impossible, or that needs the first one
    itself, however far round. The global policies of the app count.

    ## Why it matters

    The action can never run.

    ## Example

    ```yaml
    name: refunds
    denied_actions: [lookup_order]
    evidence_requirements: {issue_refund: [lookup_order]}
    ```

    ## Instead

    ```yaml
    name: refunds
    evidence_requirements: {issue_refund: [lookup_order]}
    ```
    """

    id = "unreachable-action"
    area = Area.GOVERNANCE
    severity = Severity.ERROR
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.unreachable:
            yield self.of_place(
                view, found.route, found.text, help="let the evidence be produced, or require something else"
            )
