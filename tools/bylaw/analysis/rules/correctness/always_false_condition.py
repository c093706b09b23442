"""`always-false-condition`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.constants import Settled, is_condition, settled
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.languages.cedar.ast import Binary, Expression, If
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity


class AlwaysFalseCondition(PolicyRule):
    """A condition that nothing meets.

    ## What it finds

    A condition that holds for no request: a literal, a comparison of constants or of something with itself, a test against an
    empty set, `is` for a type that cannot be there. With a schema it knows what is possible right of an `is`.

    ## Why it matters

    A `permit` that needs it grants nothing. A `forbid` that needs it forbids nothing, and that is not noticed until it counts.

    ## Example

    ```cedar
    forbid (principal is Agent, action == Action::"pay", resource) when { principal is Service };
    ```

    ## Instead

    ```cedar
    forbid (principal is Service, action == Action::"pay", resource);
    ```
    """

    id = "always-false-condition"
    area = Area.CORRECTNESS
    severity = Severity.ERROR
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Every condition that is settled and false."""
        found = settled(view)
        return self._report(found.values(), view) if found else ()

    def _report(self, found: Iterable[Settled], view: PolicyView) -> Iterator[Hit]:
        for node, site, constant in found:
            if constant.value is False and is_condition(node, site) and not _hides_the_rest(node, site):
                message = constant.of(expression_text(node))
                yield self.on(
                    view, node, message, help="drop the condition with what depends on it, or check what was meant"
                )


def _hides_the_rest(node: Expression, site: Site) -> bool:
    """Whether `unreachable-operand` speaks of the same thing."""
    parent = site.parent
    return isinstance(parent, If) or (isinstance(parent, Binary) and parent.operator == "&&" and node is parent.left)
