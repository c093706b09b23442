"""`redundant-rate-limit`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.limits import redundant_limits
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.model.diagnostics import Severity


class RedundantRateLimit(HttpRule):
    """A rate limit that another always reaches first.

    ## What it finds

    Of two limits that count the same, the larger; and one over parts of the requests that is no smaller than one over all of
    them.

    ## Why it matters

    Who raises or lowers it changes nothing.

    ## Example

    ```yaml
    default: allow
    mode: enforce
    rules:
      - name: each-endpoint
        limit: {calls_per_minute: 100, per: endpoint}
      - name: all
        limit: {calls_per_minute: 60, per: global}
    ```

    ## Instead

    ```yaml
    default: allow
    mode: enforce
    rules:
      - name: each-endpoint
        limit: {calls_per_minute: 20, per: endpoint}
      - name: all
        limit: {calls_per_minute: 60, per: global}
    ```
    """

    id = "redundant-rate-limit"
    area = Area.HTTP
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every limit that cannot be the first."""
        for loose, strict in redundant_limits(view.rules):
            message = f"this can never trigger before `{strict.name}`"
            yield self.of_rule(view, loose, message, help="lower it, or remove it")
