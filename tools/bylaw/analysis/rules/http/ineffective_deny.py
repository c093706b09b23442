"""`ineffective-deny`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.model.diagnostics import Severity


class IneffectiveDeny(HttpRule):
    """A deny rule where nothing was allowed.

    ## What it finds

    In a document that denies by default, a deny rule that meets no allow rule.

    ## Why it matters

    It may be there for the day on which somebody allows more, and then it is right; otherwise it names the wrong thing.
    Guardrails, which stand above rules that they do not know, are not asked.

    ## Example

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: contacts
        allow: {method: [GET], url: "api.example.com/contacts/**"}
      - name: no-mail
        deny: {url: "mail.example.com/**"}
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

    id = "ineffective-deny"
    area = Area.HTTP
    severity = Severity.NOTE
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every deny rule that meets no allow rule."""
        if not view.is_guardrails:
            for rule in view.facts.dead_denies:
                yield self.of_rule(
                    view, rule, "this refuses nothing that would be allowed without it", help="check what it names"
                )
