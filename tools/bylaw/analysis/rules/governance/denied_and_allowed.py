"""`denied-and-allowed`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class DeniedAndAllowed(GovernanceRule):
    """An action that is denied and allowed by one policy.

    ## What it finds

    An action on both lists of a policy.

    ## Why it matters

    The denial decides, so the other list says something that is not so.

    ## Example

    ```yaml
    name: payments
    denied_actions: [send_money]
    allowed_actions: [lookup_order, send_money]
    ```

    ## Instead

    ```yaml
    name: payments
    denied_actions: [send_money]
    allowed_actions: [lookup_order]
    ```
    """

    id = "denied-and-allowed"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.denied_and_allowed:
            yield self.of_place(view, found.route, found.text, help="remove it from one of the two")
