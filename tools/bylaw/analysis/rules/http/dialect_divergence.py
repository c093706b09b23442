"""`dialect-divergence`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit, Persona
from bylaw.analysis.http_rules.request_text import request_text
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.model.diagnostics import Severity


class DialectDivergence(HttpRule):
    """A request that the original would let through.

    ## What it finds

    A request that the original would allow and our reading does not, limits and mode aside; the message shows one. What any
    document has in common is left out: spellings of the URL that the original reads as another host.

    ## Why it matters

    A live backend that runs the original enforces less than the file says.

    ## Example

    ```yaml
    default: allow
    mode: enforce
    rules:
      - name: no-deleting
        deny: {method: [POST], url: "tools.example.com/tools/delete_email"}
    ```

    ## Instead

    ```yaml
    default: allow
    mode: enforce
    rules:
      - name: no-tools
        deny: {method: [POST], url: "tools.example.com/tools/*"}
    ```
    """

    id = "dialect-divergence"
    area = Area.HTTP
    severity = Severity.WARNING
    since = "0.1.0"
    persona = Persona.PEDANTIC

    def check(self, view: RulesView) -> Iterable[Hit]:
        """One request, if there is any."""
        found = view.facts.divergence
        if found is not None:
            message = f"the original would allow {request_text(found)}, which this refuses"
            yield self.of_key(view, "rules", message, help="write the rules so that both readings refuse it")
