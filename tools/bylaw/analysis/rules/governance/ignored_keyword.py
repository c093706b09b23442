"""`ignored-keyword`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit, Persona
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class IgnoredKeyword(GovernanceRule):
    """A keyword of a schema that the original ignores.

    ## What it finds

    A keyword in `argument_constraints` that the published client does not look at: it knows `required` and `properties`, and in
    these `type`, `minimum`, `maximum`, `enum` and `pattern`.

    ## Why it matters

    Where that client decides, the constraint does not hold.

    ## Example

    ```yaml
    name: refunds
    argument_constraints: {issue_refund: {properties: {note: {type: string, maxLength: 200}}}}
    ```

    ## Instead

    ```yaml
    name: refunds
    argument_constraints: {issue_refund: {properties: {note: {type: string, pattern: "^.{0,200}$"}}}}
    ```
    """

    id = "ignored-keyword"
    area = Area.GOVERNANCE
    severity = Severity.NOTE
    since = "0.1.0"
    persona = Persona.PEDANTIC

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.ignored_keywords:
            yield self.of_place(
                view, found.route, found.text, help="say it with those that it knows, or enforce it elsewhere"
            )
