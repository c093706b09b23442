"""`redundant-rule`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.analysis.wording import listed
from bylaw.model.diagnostics import Severity


class RedundantRule(HttpRule):
    """A rule that others of its kind cover.

    ## What it finds

    An allow rule without which every request is decided as before, because others allow whatever it does; and a deny rule that
    others cover. Rules that are reported can be removed together.

    ## Why it matters

    Who changes or removes it changes nothing, and a review reads more than decides.

    ## Example

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: api
        allow: {url: "api.example.com/**"}
      - name: contacts
        allow: {method: [GET], url: "api.example.com/contacts/*"}
    ```

    ## Instead

    Keep the one that is meant:

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: contacts
        allow: {method: [GET], url: "api.example.com/contacts/*"}
    ```
    """

    id = "redundant-rule"
    area = Area.HTTP
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every rule that others cover."""
        for found in view.facts.redundant:
            cover = "covers" if len(found.by) == 1 else "together cover"
            message = f"{listed([rule.name for rule in found.by])} {cover} this rule: without it every decision stays the same"
            yield self.of_rule(
                view, found.rule, message, help="remove it; or narrow the others, if it was meant to decide"
            )
