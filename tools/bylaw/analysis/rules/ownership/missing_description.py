"""`missing-description`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.model.diagnostics import Severity


class MissingDescription(PolicyRule):
    """A policy that does not say what it is for.

    ## What it finds

    A policy without `@description`, or with an empty one.

    ## Why it matters

    The text of a policy says what it does. Only its author knows what it is meant to do, and a reviewer, an incident responder
    and the reader of a plan need exactly that. The description is also shown on the target.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    ## Instead

    ```cedar
    @description("no agent pays more than 500 without a person")
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```
    """

    id = "missing-description"
    area = Area.OWNERSHIP
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """No description."""
        for annotation in view.statement.annotations:
            if annotation.name == "description" and annotation.value.strip():
                return ()
        return (self.on_head(view, "this policy does not say what it is for", help='add `@description("…")`'),)
