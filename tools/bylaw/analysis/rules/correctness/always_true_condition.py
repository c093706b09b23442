"""`always-true-condition`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.constants import Settled, is_condition, settled
from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.languages.cedar.ast import Binary, Expression, If
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity


class AlwaysTrueCondition(PolicyRule):
    """A guard that guards nothing.

    ## What it finds

    A condition that holds for every request: a literal, a comparison of constants or of something with itself, `has` on an
    attribute the schema requires, `is` where the type is settled. With a schema it knows what is possible right of an `is`.

    ## Why it matters

    The reader believes that something is checked. Where `has` is the condition, the interesting question is usually the value.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { principal has tier };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { principal.tier > 1 };
    ```
    """

    id = "always-true-condition"
    area = Area.CORRECTNESS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Every condition that is settled and true."""
        found = settled(view)
        return self._report(found.values(), view) if found else ()

    def _report(self, found: Iterable[Settled], view: PolicyView) -> Iterator[Hit]:
        for node, site, constant in found:
            if constant.value is True and is_condition(node, site) and not _hides_the_rest(node, site):
                message = constant.of(expression_text(node))
                yield self.on(view, node, message, help="drop the condition, or check what was meant")


def _hides_the_rest(node: Expression, site: Site) -> bool:
    """Whether `unreachable-operand` speaks of the same thing."""
    parent = site.parent
    return isinstance(parent, If) or (isinstance(parent, Binary) and parent.operator == "||" and node is parent.left)
