"""`traversable-prefix`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Hit, Persona
from bylaw.analysis.paths import path_of
from bylaw.analysis.patterns import literals, pattern_text, trails
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Like
from bylaw.model.diagnostics import Severity


class TraversablePrefix(NodeRule[Like]):
    """A directory prefix that `..` can leave.

    ## What it finds

    Where a match lets more through: a pattern like `public/*` on a path, with no condition beside it that rules out `..`.

    ## Why it matters

    `public/../secret` matches `public/*`. Cedar compares text and normalises nothing; whether the tool behind the gateway does
    is not known here.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.path like "public/*" };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource)
    when { context.path like "public/*" && !(context.path like "*..*") };
    ```

    Better still, let the gateway normalise the path before it asks.
    """

    id = "traversable-prefix"
    area = Area.ACCESS
    severity = Severity.NOTE
    confidence = Confidence.LOW
    persona = Persona.PEDANTIC
    since = "0.1.0"
    security_severity = 4.0
    nodes = (Like,)

    def check(self, node: Like, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A path prefix without a check for `..`."""
        pattern = node.pattern
        if not trails(pattern) or len(pattern) < 2 or not view.allows_more(site):
            return ()
        last = pattern[-2]
        if last is None or not last.endswith("/") or "://" in last:
            return ()
        if any(_rules_out_parents(condition.expression, node) for condition in view.conditions if not condition.value):
            return ()
        message = f"`..` can lead out of what {code(pattern_text(pattern))} matches"
        remedy = f'add `&& !({path_of(node.base) or "…"} like "*..*")`, or compare a normalised path'
        return (self.on(view, node, message, help=remedy),)


def _rules_out_parents(expression: object, node: Like) -> bool:
    if not isinstance(expression, Like) or path_of(expression.base) != path_of(node.base):
        return False
    return any(".." in part for part in literals(expression.pattern))
