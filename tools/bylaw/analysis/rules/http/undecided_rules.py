"""`undecided-rules`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit, Persona
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.analysis.wording import listed
from bylaw.model.diagnostics import Severity


class UndecidedRules(HttpRule):
    """Rules of which something could not be decided.

    ## What it finds

    A document with rules of which not every question was answered: they have too many conditions on one value, or patterns that
    take too long to compare.

    ## Why it matters

    Findings about these rules may be missing.

    ## Example

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: odd
        allow:
          headers:
            - {name: X-A, regex: "(a|b)*(a|b)*(a|b)*c[a-z]{200}(x+x+)+(a|b)*d[a-y]{300}e"}
            - {name: X-A, regex: "z[a-y]{500}z"}
            - {name: X-A, regex: "y[a-y]{700}z"}
    ```

    ## Instead

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: odd
        allow: {headers: [{name: X-A, prefix: "x"}]}
    ```
    """

    id = "undecided-rules"
    area = Area.HTTP
    severity = Severity.NOTE
    since = "0.1.0"
    persona = Persona.PEDANTIC

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Which they are."""
        names = sorted(view.facts.undecided)
        if names:
            yield self.of_key(
                view, "rules", f"not everything could be decided of {listed(names)}", help="simplify their conditions"
            )
