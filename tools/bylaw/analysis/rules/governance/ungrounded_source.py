"""`ungrounded-source`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class UngroundedSource(GovernanceRule):
    """A grounding rule whose source is not recorded.

    ## What it finds

    A grounding rule whose `source_action` is neither among the `evidence_actions` nor required as evidence, in the policy or in
    the global ones of the app.

    ## Why it matters

    Nothing grounds the argument, so the action cannot run with it.

    ## Example

    ```yaml
    name: refunds
    grounding_rules: {issue_refund: {order_id: {source_action: lookup_order, source_field: id}}}
    argument_constraints: {issue_refund: {required: [order_id]}}
    ```

    ## Instead

    ```yaml
    name: refunds
    evidence_actions: [lookup_order]
    grounding_rules: {issue_refund: {order_id: {source_action: lookup_order, source_field: id}}}
    argument_constraints: {issue_refund: {required: [order_id]}}
    ```
    """

    id = "ungrounded-source"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.ungrounded_sources:
            yield self.of_place(view, found.route, found.text, help="add the action to `evidence_actions`")
