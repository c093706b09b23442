"""`pointless-budget`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class PointlessBudget(GovernanceRule):
    """A budget that the budget around it exhausts first.

    ## What it finds

    A run's or an action's budget above the budget of the session.

    ## Why it matters

    It does nothing.

    ## Example

    ```yaml
    name: limits
    session_budget: 1
    action_budgets: {call_llm: 2}
    ```

    ## Instead

    ```yaml
    name: limits
    session_budget: 2
    action_budgets: {call_llm: 1}
    ```
    """

    id = "pointless-budget"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.pointless_budgets:
            yield self.of_place(view, found.route, found.text, help="lower it, or raise the session's")
