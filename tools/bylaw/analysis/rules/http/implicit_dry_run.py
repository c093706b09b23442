"""`implicit-dry-run`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.model.diagnostics import Severity


class ImplicitDryRun(HttpRule):
    """A document that does not say whether it is enforced.

    ## What it finds

    A document without `mode`. It observes only: nothing is blocked.

    ## Why it matters

    Who reads the rules believes that they hold.

    ## Example

    ```yaml
    default: deny
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
    ```
    """

    id = "implicit-dry-run"
    area = Area.HTTP
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """No mode."""
        if not view.rules.mode_is_given:
            message = "this document observes only, for it does not say otherwise"
            yield self.of_key(view, "default", message, help="set `mode: enforce` to block, or `mode: dry_run`")
