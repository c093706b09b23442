"""`empty-allowlist`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class EmptyAllowlist(GovernanceRule):
    """An allowlist that allows nothing.

    ## What it finds

    An `allowed_actions` that is empty, or has nothing in common with those of the global policies of the app.

    ## Why it matters

    No action can run. The original reads an empty list as no list at all, and allows everything.

    ## Example

    ```yaml
    name: frozen
    allowed_actions: []
    ```

    ## Instead

    ```yaml
    name: almost frozen
    allowed_actions: [read_status]
    ```
    """

    id = "empty-allowlist"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """The list."""
        found = view.facts.empty_allowlist
        if found is not None:
            yield self.of_place(view, found.route, found.text, help="name what is allowed")
