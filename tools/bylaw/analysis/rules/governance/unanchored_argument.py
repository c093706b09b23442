"""`unanchored-argument`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class UnanchoredArgument(GovernanceRule):
    """A pattern of an argument that is found anywhere.

    ## What it finds

    A `pattern` in `argument_constraints` that does not begin with `^` and end with `$`.

    ## Why it matters

    Whatever stands before and after it passes as well.

    ## Example

    ```yaml
    name: transfers
    argument_constraints: {transfer: {properties: {iban: {type: string, pattern: "DE[0-9]{20}"}}}}
    ```

    ## Instead

    ```yaml
    name: transfers
    argument_constraints: {transfer: {properties: {iban: {type: string, pattern: "^DE[0-9]{20}$"}}}}
    ```
    """

    id = "unanchored-argument"
    area = Area.GOVERNANCE
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.unanchored:
            yield self.of_place(view, found.route, found.text, help="write `^` and `$`, or `.*` where more may stand")
