"""`binds-nobody`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class BindsNobody(GovernanceRule):
    """A policy that refuses nothing.

    ## What it finds

    An enabled policy without any rule that could refuse or ask.

    ## Why it matters

    It vouches for every action, also where no policy would have refused it.

    ## Example

    ```yaml
    name: later
    ```

    ## Instead

    ```yaml
    name: later
    enabled: false
    ```
    """

    id = "binds-nobody"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """The policy as a whole."""
        if view.facts.binds_nobody:
            message = "this policy refuses nothing and asks about nothing"
            yield self.of_place(view, ("name",), message, help="write its rules, or disable it")
