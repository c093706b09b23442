"""`erroring-forbid`."""

from collections.abc import Iterable

from bylaw.analysis.arithmetic import LIMITS, outcome
from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Negate
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity

_ARITHMETIC = frozenset({"+", "-", "*"})


class ErroringForbid(NodeRule[Binary | Negate]):
    """A forbid that a large number switches off.

    ## What it finds

    Arithmetic in a `forbid` that can leave the 64-bit range, as far as constants and the bounds checked before it tell.

    ## Why it matters

    Overflow is an error, and a policy that errors is skipped. Whoever controls the number sends one that overflows, and the
    `forbid` is gone. (A `permit` that errors grants nothing, so it is not flagged.)

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { context.amount * 100 > 5000000 };
    ```

    ## Instead

    Move the constant to the other side, or bound the number first:

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { context.amount > 50000 };
    ```
    """

    id = "erroring-forbid"
    area = Area.CORRECTNESS
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    nodes = (Negate,)
    operators = ("+", "-", "*")

    def check(self, node: Binary | Negate, site: Site, view: PolicyView) -> Iterable[Hit]:
        """Arithmetic that can overflow; only the outermost operation of a formula is shown."""
        if view.is_permit or _is_arithmetic(site.parent):
            return ()
        low, high = outcome(node, site)
        if low >= LIMITS.low and high <= LIMITS.high:
            return ()
        message = f"{code(expression_text(node))} can overflow, and a forbid that errors does not apply"
        remedy = "move the constant to the other side of the comparison, or bound the number before"
        return (self.on(view, node, message, help=remedy),)


def _is_arithmetic(node: object) -> bool:
    return isinstance(node, Negate) or (isinstance(node, Binary) and node.operator in _ARITHMETIC)
