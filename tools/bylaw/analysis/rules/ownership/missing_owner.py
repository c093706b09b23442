"""`missing-owner`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit, Persona
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.model.diagnostics import Severity


class MissingOwner(PolicyRule):
    """A policy without an owner of its own.

    ## What it finds

    A policy without `@owner`, or with an empty one. The owners of the app in `app.yaml` answer for it then.

    ## Why it matters

    In an app that several teams share, "who may change this, and whom do I wake" should have an answer for each policy.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    ## Instead

    ```cedar
    @owner("payments-risk")
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```
    """

    id = "missing-owner"
    area = Area.OWNERSHIP
    severity = Severity.NOTE
    persona = Persona.PEDANTIC
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """No owner."""
        for annotation in view.statement.annotations:
            if annotation.name == "owner" and annotation.value.strip():
                return ()
        return (self.on_head(view, "this policy has no owner of its own", help='add `@owner("…")`'),)
