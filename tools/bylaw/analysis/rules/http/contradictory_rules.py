"""`contradictory-rules`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit, Persona
from bylaw.analysis.http_rules.request_text import request_text
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.model.diagnostics import Severity


class ContradictoryRules(HttpRule):
    """An allow and a deny rule that meet.

    ## What it finds

    An allow and a deny rule that some request satisfies both; the message shows one. A deny rule that lies wholly inside of the
    allow rule is a carve-out, made to be cut out, and is not told. Two rules that cannot meet are never reported: URLs,
    methods, times, headers and bodies are compared exactly.

    ## Why it matters

    The deny rule decides, whatever the order and however specific the allow rule is. Who wrote the allow rule may not know of
    it.

    ## Example

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: writes
        allow: {method: [POST], url: "api.example.com/**"}
      - name: no-admin
        deny: {url: "*/admin/**"}
    ```

    ## Instead

    Where that is what is meant, say so in a suppression. Otherwise keep each rule to its own requests:

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: writes
        allow: {method: [POST], url: "api.example.com/**"}
      - name: no-admin
        deny: {method: [POST], url: "api.example.com/admin/**"}
    ```
    """

    id = "contradictory-rules"
    area = Area.HTTP
    severity = Severity.NOTE
    since = "0.1.0"
    persona = Persona.PEDANTIC

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Each pair that meets and is no carve-out."""
        for found in view.facts.contradictions:
            if not found.is_carve_out:
                message = (
                    f"`{found.allow.name}` allows {request_text(found.request)}, and this denies it; the deny decides"
                )
                yield self.of_rule(view, found.deny, message, help="narrow one of the two, if that is not meant")
