"""`org-shadow`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.model.diagnostics import Severity


class OrgShadow(HttpRule):
    """Guardrails that do not hold for an agent.

    ## What it finds

    An agent with `mode: enforce` below guardrails that only observe: the guardrails are left out, and evaluated beside it.

    ## Why it matters

    What they deny is not denied to this agent.

    ## Example

    ```yaml
    agent: sales
    default: deny
    mode: enforce
    rules:
      - name: contacts
        allow: {url: "api.example.com/contacts/**"}
    ```

    ## Instead

    Enforce the guardrails. Where both observe, both are told by the other rules:

    ```yaml
    agent: sales
    default: deny
    mode: dry_run
    rules:
      - name: contacts
        allow: {url: "api.example.com/contacts/**"}
    ```
    """

    id = "org-shadow"
    area = Area.HTTP
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """They are left out."""
        if view.merged.shadow is not None:
            message = "the guardrails only observe, so they do not hold for this agent"
            yield self.of_key(view, "mode", message, help="set `mode: enforce` in the guardrails")
