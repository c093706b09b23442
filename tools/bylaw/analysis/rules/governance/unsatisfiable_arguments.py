"""`unsatisfiable-arguments`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class UnsatisfiableArguments(GovernanceRule):
    """A constraint that no arguments satisfy.

    ## What it finds

    An action whose `argument_constraints` no arguments satisfy, alone or together with those of the global policies of the app.
    It is decided exactly over the keywords that are enforced.

    ## Why it matters

    The action can never run. If that is wanted, a denied action says so.

    ## Example

    ```yaml
    name: refunds
    argument_constraints:
      issue_refund:
        required: [amount]
        properties: {amount: {type: number, minimum: 100, maximum: 50}}
    ```

    ## Instead

    ```yaml
    name: refunds
    argument_constraints:
      issue_refund:
        required: [amount]
        properties: {amount: {type: number, minimum: 50, maximum: 100}}
    ```
    """

    id = "unsatisfiable-arguments"
    area = Area.GOVERNANCE
    severity = Severity.ERROR
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.unsatisfiable:
            yield self.of_place(
                view, found.route, found.text, help="correct the bounds, or put the action among `denied_actions`"
            )
