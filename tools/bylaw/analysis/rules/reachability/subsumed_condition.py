"""`subsumed-condition`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.bounds import Bound, bound_of, implies
from bylaw.analysis.chains import is_outermost, operands
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.paths import path_of
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Expression, Like
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity


class SubsumedCondition(NodeRule[Binary]):
    """A condition that a neighbour makes pointless.

    ## What it finds

    In a chain of `&&`: a condition that follows from another one, or stands twice. In a chain of `||`: one that implies another,
    or stands twice. Compared are bounds by constants on one attribute.

    ## Why it matters

    The weaker bound changes nothing, but the reader has to find that out; and when somebody later relaxes the stricter one, the
    forgotten one begins to decide.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource is Tool) when { resource.risk < 3 && resource.risk < 5 };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource is Tool) when { resource.risk < 3 };
    ```
    """

    id = "subsumed-condition"
    area = Area.REACHABILITY
    severity = Severity.NOTE
    since = "0.1.0"
    operators = ("&&", "||")

    def check(self, node: Binary, site: Site, view: PolicyView) -> Iterable[Hit]:
        """An operand that another operand of the chain covers."""
        if not is_outermost(node, site):
            return
        parts = operands(node, node.operator)
        for needless, reason in _covered(parts, node.operator):
            twice = expression_text(needless) == expression_text(reason)
            why = "it stands twice" if twice else f"{code(expression_text(reason))} settles it"
            message = f"{code(expression_text(needless))} changes nothing: {why}"
            yield self.on(view, needless, message, help="keep the one that is meant")


def _covered(parts: tuple[Expression, ...], operator: str) -> Iterator[tuple[Expression, Expression]]:
    """Needless operands, each with the one that makes it so. Of two equal ones the later is needless."""
    keyed: dict[object, list[tuple[Expression, Bound | None]]] = {}
    for part in parts:
        bound = bound_of(part)
        key = bound[:2] if bound else _repeated_key(part)
        keyed.setdefault(key, []).append((part, bound))
    for group in keyed.values():
        for index, (part, bound) in enumerate(group):
            for other_index, (other, other_bound) in enumerate(group):
                if index == other_index or not _makes_needless(other_bound, bound, operator):
                    continue
                # Equal ones imply each other: only the later one is shown.
                if other_index > index and _makes_needless(bound, other_bound, operator):
                    continue
                yield part, other
                break


def _repeated_key(part: Expression) -> object:
    """Equal for operands that say the same, cheap for those that cannot be repeated."""
    if isinstance(part, Like):
        return ("like", path_of(part.base), part.pattern)
    return ("text", expression_text(part))


def _makes_needless(reason: Bound | None, needless: Bound | None, operator: str) -> bool:
    if reason is None or needless is None:
        return reason is needless  # both without bounds and under one key: the same text
    strong, weak = (reason, needless) if operator == "&&" else (needless, reason)
    return implies(strong.allowed, weak.allowed)
