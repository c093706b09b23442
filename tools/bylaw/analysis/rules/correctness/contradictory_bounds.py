"""`contradictory-bounds`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.bounds import Bound, bound_of, compares_again, contradict
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.guards import known_at
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import Condition, PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Expression
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity


class ContradictoryBounds(PolicyRule):
    """Two conditions that no value meets.

    ## What it finds

    A comparison with a constant that cannot hold where an earlier one on the same attribute holds: numbers, decimals, points in
    time, durations, and lists of allowed values.

    ## Why it matters

    The condition as a whole is never true. A `permit` grants nothing; a `forbid` forbids nothing, which nobody notices. Usually
    a bound was turned around, or `&&` stands where `||` was meant.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource) when { context.amount > 500 && context.amount < 100 };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource) when { context.amount > 100 && context.amount < 500 };
    ```
    """

    id = "contradictory-bounds"
    area = Area.CORRECTNESS
    severity = Severity.ERROR
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Every comparison against what is known before it."""
        return self._report(view) if compares_again(view) else ()

    def _report(self, view: PolicyView) -> Iterator[Hit]:
        for node, parent, guards, positive in view.steps:
            bound = bound_of(node) if guards is not None else None
            if bound is not None:
                yield from self._against(node, bound, Site(parent, guards, positive), view)

    def _against(self, node: Expression, bound: Bound, site: Site, view: PolicyView) -> Iterator[Hit]:
        for condition in known_at(site):
            known = bound_of(condition.expression, value=condition.value)
            if known is not None and known[:2] == bound[:2] and contradict(known.allowed, bound.allowed):
                message = f"{code(expression_text(node))} cannot hold where {_shown(condition)}"
                yield self.on(view, node, message, help="turn one bound around, or join the two with `||`")
                return


def _shown(condition: Condition) -> str:
    return f"{code(expression_text(condition.expression))} {'holds' if condition.value else 'does not'}"
