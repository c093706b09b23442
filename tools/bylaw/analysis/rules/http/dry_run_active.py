"""`dry-run-active`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.languages.http_rules.model import Mode
from bylaw.model.diagnostics import Severity


class DryRunActive(HttpRule):
    """A document that only observes.

    ## What it finds

    A document with `mode: dry_run`.

    ## Why it matters

    Nothing that it denies is blocked. That is how a rollout begins, and not how it should end.

    ## Example

    ```yaml
    default: deny
    mode: dry_run
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

    id = "dry-run-active"
    area = Area.HTTP
    severity = Severity.NOTE
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """It observes."""
        if view.rules.mode_is_given and view.rules.mode is Mode.DRY_RUN:
            yield self.of_key(view, "mode", "this document observes only", help="set `mode: enforce` to block")
