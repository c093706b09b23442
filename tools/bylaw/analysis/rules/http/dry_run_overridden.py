"""`dry-run-overridden`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.evaluation.http_rules import merging
from bylaw.model.diagnostics import Severity


class DryRunOverridden(HttpRule):
    """An agent that only observes, under guardrails that are enforced.

    ## What it finds

    A document with `mode: dry_run`, or none, below guardrails with `mode: enforce`: together they are enforced.

    ## Why it matters

    The agent's own rules block, although its document says that they do not. On the original, the agent's mode wins, and the
    guardrails are off.

    ## Example

    ```yaml
    agent: sales
    default: deny
    mode: dry_run
    rules:
      - name: contacts
        allow: {url: "api.example.com/contacts/**"}
    ```

    ## Instead

    ```yaml
    agent: sales
    default: deny
    mode: enforce
    rules:
      - name: contacts
        allow: {url: "api.example.com/contacts/**"}
    ```
    """

    id = "dry-run-overridden"
    area = Area.HTTP
    severity = Severity.NOTE
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """It is enforced all the same."""
        if any(isinstance(found, merging.DryRunOverridden) for found in view.merged.findings):
            message = "the guardrails are enforced, and so is this document, whatever its mode"
            yield self.of_key(view, "mode", message, help="set `mode: enforce`")
