"""`original-allows`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit, Persona
from bylaw.analysis.governance.examples import event_text
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class OriginalAllows(GovernanceRule):
    """An action that the original lets run and this policy refuses.

    ## What it finds

    An action that the published client would let run under this policy alone and that the strict reading refuses or asks about.
    It is shown, and was decided by both readings.

    ## Why it matters

    Where that client decides, the policy does less than it says.

    ## Example

    ```yaml
    name: transfers
    argument_constraints: {transfer: {required: [iban]}}
    ```

    ## Instead

    ```yaml
    name: transfers
    denied_actions: [transfer]
    ```
    """

    id = "original-allows"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"
    persona = Persona.PEDANTIC

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """One action, if there is any."""
        found = view.facts.divergence
        if found is not None:
            message = f"the original would let this run: {event_text(found)}"
            yield self.of_place(view, ("name",), message, help="say it in a way that both readings refuse")
