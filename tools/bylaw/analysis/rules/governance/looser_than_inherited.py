"""`looser-than-inherited`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class LooserThanInherited(GovernanceRule):
    """A limit that a wider policy holds tighter.

    ## What it finds

    A budget, rate limit or age of evidence of an agent, run, group or mission that a global policy of the app sets as tight or
    tighter.

    ## Why it matters

    It does nothing: every policy that applies has to allow. Somebody may think that it raises the limit.

    ## Example

    ```yaml
    name: more for the bot
    scope: agent
    target_id: bot
    run_budget: 5
    ```

    ## Instead

    ```yaml
    name: less for the bot
    scope: agent
    target_id: bot
    run_budget: 0.5
    ```
    """

    id = "looser-than-inherited"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.looser:
            yield self.of_place(view, found.route, found.text, help="remove it, or change the wider policy")
