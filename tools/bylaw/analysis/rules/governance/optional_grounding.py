"""`optional-grounding`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class OptionalGrounding(GovernanceRule):
    """A grounded argument that may be left out.

    ## What it finds

    An argument with a grounding rule that no constraint makes required.

    ## Why it matters

    An argument that is absent is not grounded: the check is avoided by leaving it out.

    ## Example

    ```yaml
    name: refunds
    evidence_actions: [lookup_order]
    grounding_rules: {issue_refund: {order_id: {source_action: lookup_order, source_field: id}}}
    ```

    ## Instead

    ```yaml
    name: refunds
    evidence_actions: [lookup_order]
    grounding_rules: {issue_refund: {order_id: {source_action: lookup_order, source_field: id}}}
    argument_constraints: {issue_refund: {required: [order_id]}}
    ```
    """

    id = "optional-grounding"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.optional_grounding:
            yield self.of_place(view, found.route, found.text, help="make it `required` in `argument_constraints`")
