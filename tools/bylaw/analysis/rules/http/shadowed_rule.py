"""`shadowed-rule`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.analysis.wording import listed
from bylaw.model.diagnostics import Severity


class ShadowedRule(HttpRule):
    """An allow rule that deny rules refuse wholly.

    ## What it finds

    An allow rule that can never allow anything, because deny rules match whatever it does. The message names them.

    ## Why it matters

    Something that was meant to work does not, and the rule says that it does.

    ## Example

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: refunds
        allow: {method: [POST], url: "pay.example.com/v1/refunds"}
      - name: no-payments
        deny: {url: "pay.example.com/**"}
    ```

    ## Instead

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: refunds
        allow: {method: [POST], url: "pay.example.com/v1/refunds"}
      - name: no-payouts
        deny: {url: "pay.example.com/v1/payouts/**"}
    ```
    """

    id = "shadowed-rule"
    area = Area.HTTP
    severity = Severity.ERROR
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every allow rule without anything left."""
        for found in view.facts.shadowed:
            refuse = "refuses" if len(found.by) == 1 else "together refuse"
            message = f"this can never allow anything: {listed([rule.name for rule in found.by])} {refuse} all that it matches"
            yield self.of_rule(view, found.rule, message, help="narrow the deny rules, or remove this one")
