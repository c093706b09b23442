"""`unreachable-config`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.nothing import Nothing
from bylaw.analysis.rule import HttpRule
from bylaw.model.diagnostics import Severity


class UnreachableConfig(HttpRule):
    """A document that allows nothing.

    ## What it finds

    A document under which no request is allowed: denied by default with no allow rule that has anything left, or denied by
    rules that match everything.

    ## Why it matters

    An agent that may do nothing is either broken or better switched off where everybody sees it.

    ## Example

    ```yaml
    default: deny
    mode: enforce
    rules:
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
      - name: no-mail
        deny: {url: "mail.example.com/**"}
    ```
    """

    id = "unreachable-config"
    area = Area.HTTP
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Nothing is allowed."""
        if view.facts.allows_something is Nothing.EMPTY:
            yield self.of_key(
                view, "rules", "nothing can pass: no request is allowed by this document", help="add what is allowed"
            )
