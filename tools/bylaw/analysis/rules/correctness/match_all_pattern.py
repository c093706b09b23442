"""`match-all-pattern`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.patterns import literals, pattern_text
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Like
from bylaw.model.diagnostics import Severity


class MatchAllPattern(NodeRule[Like]):
    """A pattern that everything matches.

    ## What it finds

    `like "*"`.

    ## Why it matters

    It is true for every string, the empty one included. It looks like a check and is none.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.path like "*" };
    ```

    ## Instead

    Drop the condition, or ask for what is really meant, such as a value that is not empty:

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.path != "" };
    ```
    """

    id = "match-all-pattern"
    area = Area.CORRECTNESS
    severity = Severity.WARNING
    since = "0.1.0"
    nodes = (Like,)

    def check(self, node: Like, site: Site, view: PolicyView) -> Iterable[Hit]:
        """Nothing but wildcards."""
        del site
        if not node.pattern or literals(node.pattern):
            return ()
        message = f"every string matches {code(pattern_text(node.pattern))}"
        return (self.on(view, node, message, help="drop the condition, or say what is meant"),)
