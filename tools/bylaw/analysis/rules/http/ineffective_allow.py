"""`ineffective-allow`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.languages.http_rules.model import Allow, Default
from bylaw.model.diagnostics import Severity


class IneffectiveAllow(HttpRule):
    """An allow rule in a document that allows by default.

    ## What it finds

    An allow rule where `default` is `allow`: what no deny rule refuses is allowed anyway, and no allow rule overrides a deny
    rule.

    ## Why it matters

    It reads like an exception from the deny rules, and is none.

    ## Example

    ```yaml
    default: allow
    mode: enforce
    rules:
      - name: status-page
        allow: {url: "status.example.com/**"}
    ```

    ## Instead

    ```yaml
    default: allow
    mode: enforce
    rules: []
    ```
    """

    id = "ineffective-allow"
    area = Area.HTTP
    severity = Severity.NOTE
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every allow rule, where the default allows."""
        if view.rules.default is Default.ALLOW:
            for rule in view.rules.rules:
                if isinstance(rule.action, Allow):
                    yield self.of_rule(
                        view, rule, "this changes no outcome: the default allows", help="remove it, or deny by default"
                    )
