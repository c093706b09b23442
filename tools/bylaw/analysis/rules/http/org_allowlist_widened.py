"""`org-allowlist-widened`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.evaluation.http_rules import merging
from bylaw.model.diagnostics import Severity


class OrgAllowlistWidened(HttpRule):
    """An agent that may do what the guardrails refuse by default.

    ## What it finds

    Under guardrails that deny by default, an allow rule of an agent that matches more than theirs do. The allow rules of an
    agent replace those of the guardrails, and deny rules still hold.

    ## Why it matters

    The list above is no longer the list of what may be reached. Where that is so on purpose, say it in a suppression.

    ## Example

    ```yaml
    agent: sales
    default: deny
    mode: enforce
    rules:
      - name: files
        allow: {url: "files.example.com/**"}
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

    id = "org-allowlist-widened"
    area = Area.HTTP
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every rule that does."""
        names = {
            name
            for found in view.merged.findings
            if isinstance(found, merging.OrgAllowlistWidened)
            for name in found.rules
        }
        for rule in view.rules.rules:
            if rule.name in names:
                message = "this may allow what the guardrails refuse by default"
                yield self.of_rule(view, rule, message, help="allow it in the guardrails, or narrow it")
