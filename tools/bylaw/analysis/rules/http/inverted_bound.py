"""`inverted-bound`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.languages.http_rules.model import Deny, Least, Most
from bylaw.model.diagnostics import Severity


class InvertedBound(HttpRule):
    """A deny rule that refuses small values.

    ## What it finds

    A deny rule with `max` and without `min` on a value of the body.

    ## Why it matters

    To cap a value, the deny rule needs `min`: `deny` with `max: 100` refuses everything up to 100 and lets larger values pass.

    ## Example

    ```yaml
    default: allow
    mode: enforce
    rules:
      - name: cap
        deny: {url: "pay.example.com/v1/refunds", body: {jsonpath: "$.amount", max: 100}}
    ```

    ## Instead

    ```yaml
    default: allow
    mode: enforce
    rules:
      - name: cap
        deny: {url: "pay.example.com/v1/refunds", body: {jsonpath: "$.amount", min: 101}}
    ```
    """

    id = "inverted-bound"
    area = Area.HTTP
    severity = Severity.NOTE
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every deny rule with an upper bound alone."""
        for rule in view.rules.rules:
            bodies = rule.action.matcher.body if isinstance(rule.action, Deny) else ()
            for body in bodies:
                most = next((test.bound for test in body.tests if isinstance(test, Most)), None)
                if most is not None and not any(isinstance(test, Least) for test in body.tests):
                    message = f"this denies values of `{body.path}` up to {most}"
                    yield self.of_rule(view, rule, message, help=f"to cap them use `min: {most + 1}`")
