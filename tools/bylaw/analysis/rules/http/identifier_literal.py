"""`identifier-literal`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.evaluation.http_rules.identifiers import is_identifier
from bylaw.languages.http_rules.model import Limit
from bylaw.model.diagnostics import Severity


class IdentifierLiteral(HttpRule):
    """A segment that the original replaces before it compares.

    ## What it finds

    A literal segment that looks like an identifier: a number, eight or more hexadecimal digits, or a short word and an
    underscore, such as `send_email`. The original replaces such segments of a request with `{id}`, so the literal never matches
    there.

    ## Why it matters

    A deny rule on `tools/delete_email` does nothing on such a backend. Our own reading takes the literal as it is.

    ## Example

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: sending
        allow: {method: [POST], url: "tools.example.com/tools/send_email"}
    ```

    ## Instead

    Where the tool can be renamed:

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: sending
        allow: {method: [POST], url: "tools.example.com/tools/sending"}
    ```
    """

    id = "identifier-literal"
    area = Area.HTTP
    severity = Severity.NOTE
    since = "0.1.0"

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Every such segment of a path."""
        for rule in view.rules.rules:
            if not isinstance(rule.action, Limit) and rule.action.matcher.url is not None:
                for segment in rule.action.matcher.url.split("/")[1:]:
                    if is_identifier(segment):
                        message = f"the segment `{segment}` is `{{id}}` to the original, so this never matches there"
                        yield self.of_rule(
                            view, rule, message, help="match it by a name that does not look like an identifier"
                        )
