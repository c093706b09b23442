"""`pattern-without-wildcard`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Edit, Fix, Hit, Proof
from bylaw.analysis.patterns import pattern_text
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Like
from bylaw.languages.cedar.schema import PrimitiveType
from bylaw.model.diagnostics import Severity


class PatternWithoutWildcard(NodeRule[Like]):
    """`like` that means `==`.

    ## What it finds

    A `like` pattern without any `*`.

    ## Why it matters

    It says "pattern" and means equality. Either a wildcard was forgotten, and the policy is narrower than intended, or the next
    reader looks for one.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.path like "public" };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.path == "public" };
    ```

    ## Fix safety

    Safe where the schema says that the left side is a string: then both forms always agree. Without a schema it is unsafe, because
    `like` on anything else is an error and `==` is false.
    """

    id = "pattern-without-wildcard"
    area = Area.CORRECTNESS
    severity = Severity.WARNING
    since = "0.1.0"
    nodes = (Like,)

    def check(self, node: Like, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A pattern that is plain text."""
        if None in node.pattern:
            return ()
        message = f"the pattern {code(pattern_text(node.pattern))} has no wildcard"
        remedy = "compare with `==`, or put the `*` in"
        return (self.on(view, node, message, help=remedy, fix=_fix(node, site, view)),)


def _fix(node: Like, site: Site, view: PolicyView) -> Fix | None:
    operator = view.source(node.base.end, node.end)
    before, found, after = operator.partition("like")
    # A comment or bracket in front, or an escape that only patterns know: nothing to do by machine.
    if not found or before.strip() or "\\" in after or "//" in after.partition('"')[0]:
        return None
    typed = view.facts.schema is not None and set(view.types(node.base, site.guards)) == {PrimitiveType("String")}
    start = node.base.end + len(before)
    edit = Edit(start, start + len(found), "==")
    return Fix(view.policy.path, "compare with `==`", (edit,), Proof.NORMAL_FORM if typed else None)
