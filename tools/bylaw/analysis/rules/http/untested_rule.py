"""`untested-rule`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule, Need
from bylaw.model.diagnostics import Severity


class UntestedRule(HttpRule):
    """A rule that decides no case.

    ## What it finds

    A rule by which none of the cases in `tests:` of its document is decided.

    ## Why it matters

    A typing error in it would go unnoticed.

    ## Example

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: contacts
        allow: {method: [GET], url: "api.example.com/contacts/**"}
    ```

    ## Instead

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: contacts
        allow: {method: [GET], url: "api.example.com/contacts/**"}
    tests:
      - name: a contact is read
        input: {method: GET, url: "https://api.example.com/contacts/17"}
        expect: {allowed: true, matched_rule: contacts}
    ```
    """

    id = "untested-rule"
    area = Area.HTTP
    severity = Severity.NOTE
    since = "0.1.0"
    needs = (Need.TESTED,)

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every rule without a case."""
        for rule in view.rules.rules:
            if view.tested is not None and rule.name not in view.tested:
                yield self.of_rule(view, rule, "no case decides by this rule", help="add one below `tests:`")
