"""`unreachable-operand`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.constants import folded, settled
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Boolean, If
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity


class UnreachableOperand(PolicyRule):
    """Conditions that are never looked at.

    ## What it finds

    What stands right of `true ||` or `false &&`, and the branch of an `if` that its condition never takes; also where the left
    side is settled for another reason, such as a comparison of constants.

    ## Why it matters

    Cedar does not evaluate it, and the validator does not even check its types: typing errors in it stay hidden. It reads like a
    limit and is none.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource is Tool) when { true || resource.risk < 3 };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource is Tool) when { resource.risk < 3 };
    ```
    """

    id = "unreachable-operand"
    area = Area.REACHABILITY
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Every operand and branch behind a settled condition."""
        return self._report(view) if settled(view) else ()

    def _report(self, view: PolicyView) -> Iterator[Hit]:
        for node, *_ in view.steps:
            if isinstance(node, If) or (isinstance(node, Binary) and node.operator in {"&&", "||"}):
                yield from self._behind(node, view)

    def _behind(self, node: If | Binary, view: PolicyView) -> Iterator[Hit]:
        deciding = node.condition if isinstance(node, If) else node.left
        value = folded(deciding, view)
        if value is None:
            return
        if isinstance(node, If):
            dead = node.alternative if value else node.consequence
        elif value is (node.operator == "||"):
            dead = node.right
        else:
            return
        reason = code(expression_text(deciding))
        if not isinstance(deciding, Boolean):
            reason += f", which is always {'true' if value else 'false'}"
        message = f"{code(expression_text(dead))} is never evaluated behind {reason}"
        yield self.on(view, dead, message, help="remove it, or what stands in its way")
