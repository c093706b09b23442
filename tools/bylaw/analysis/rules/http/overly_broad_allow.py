"""`overly-broad-allow`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.languages.http_rules.model import Default
from bylaw.model.diagnostics import Severity


class OverlyBroadAllow(HttpRule):
    """An allow rule that lets every request through.

    ## What it finds

    In a document that denies by default, an allow rule that every request satisfies.

    ## Why it matters

    `default: deny` then means nothing: whatever no deny rule names is allowed, hosts of others among it.

    ## Example

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: everything
        allow: {url: "**"}
    ```

    ## Instead

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: contacts
        allow: {method: [GET], url: "api.example.com/contacts/**"}
    ```
    """

    id = "overly-broad-allow"
    area = Area.HTTP
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every allow rule that covers everything."""
        if view.rules.default is Default.DENY:
            for rule in view.facts.broad:
                message = "this lets every request through, so `default: deny` has no effect"
                yield self.of_rule(view, rule, message, help="name the hosts that the agent needs")
