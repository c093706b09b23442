"""`glob-like-action`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class GlobLikeAction(GovernanceRule):
    """The name of an action that looks like a pattern.

    ## What it finds

    A `*` or `?` in the name of an action.

    ## Why it matters

    Names are compared letter by letter, so it is about no action that there is.

    ## Example

    ```yaml
    name: payments
    denied_actions: ["send_*"]
    ```

    ## Instead

    ```yaml
    name: payments
    denied_actions: [send_money, send_invoice]
    ```
    """

    id = "glob-like-action"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.globs:
            yield self.of_place(view, found.route, found.text, help="name each action")
