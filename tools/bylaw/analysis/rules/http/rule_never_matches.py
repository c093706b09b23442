"""`rule-never-matches`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.model.diagnostics import Severity


class RuleNeverMatches(HttpRule):
    """A rule that no request matches.

    ## What it finds

    An allow or deny rule whose parts cannot hold together, such as a value that is to be two things at once.

    ## Why it matters

    A deny rule like that protects nothing, though it reads as if it did.

    ## Example

    ```yaml
    default: allow
    mode: enforce
    rules:
      - name: no-large-orders
        deny: {url: "shop.example.com/orders", body: [{jsonpath: "$.amount", max: 10}, {jsonpath: "$.amount", min: 500}]}
    ```

    ## Instead

    ```yaml
    default: allow
    mode: enforce
    rules:
      - name: no-large-orders
        deny: {url: "shop.example.com/orders", body: [{jsonpath: "$.amount", min: 500}]}
    ```
    """

    id = "rule-never-matches"
    area = Area.HTTP
    severity = Severity.ERROR
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every rule that matches nothing."""
        for rule in view.facts.never:
            yield self.of_rule(
                view, rule, "no request can match this rule", help="its conditions exclude one another; drop one"
            )
