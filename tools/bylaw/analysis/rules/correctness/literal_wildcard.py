"""`literal-wildcard`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Edit, Fix, Hit
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, String
from bylaw.model.diagnostics import Severity


class LiteralWildcard(NodeRule[Binary]):
    """A `*` that is compared, not expanded.

    ## What it finds

    `==` or `!=` with a string that contains `*`.

    ## Why it matters

    Only `like` knows wildcards. `context.path == "public/*"` holds for the one path that ends in an asterisk, which is to say
    never; with `!=` it always holds.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.path == "public/*" };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.path like "public/*" };
    ```

    ## Fix safety

    Unsafe: a condition that never held begins to hold.
    """

    id = "literal-wildcard"
    area = Area.CORRECTNESS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    operators = ("==", "!=")

    def check(self, node: Binary, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A comparison with a pattern."""
        del site
        text = next((part for part in (node.left, node.right) if isinstance(part, String) and "*" in part.value), None)
        if text is None:
            return ()
        message = f"`{node.operator}` does not expand the `*` of {code(text.value)}"
        remedy = "match with `like`, or write `\\*` in a pattern when the asterisk itself is meant"
        return (self.on(view, node, message, help=remedy, fix=_fix(node, view)),)


def _fix(node: Binary, view: PolicyView) -> Fix | None:
    operator = view.source(node.left.end, node.right.start)
    if node.operator != "==" or not isinstance(node.right, String) or operator.strip() != "==":
        return None
    start = node.left.end + operator.index("==")
    return Fix(view.policy.path, "match with `like`", (Edit(start, start + 2, "like"),))
