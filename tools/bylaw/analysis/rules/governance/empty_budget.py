"""`empty-budget`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class EmptyBudget(GovernanceRule):
    """A budget of nothing.

    ## What it finds

    A budget of 0.

    ## Why it matters

    Nothing that costs anything can run, and what is free runs without end. A denied action says what is meant.

    ## Example

    ```yaml
    name: limits
    action_budgets: {call_llm: 0}
    ```

    ## Instead

    ```yaml
    name: limits
    denied_actions: [call_llm]
    ```
    """

    id = "empty-budget"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.empty_budgets:
            yield self.of_place(view, found.route, found.text, help="deny the action, or give it a budget")
