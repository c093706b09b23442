"""`subsumed-condition`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.bounds import Bound, bound_of, compares_again, implies
from bylaw.analysis.chains import is_outermost, operands
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Attribute, Binary, Expression, Method, Variable
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity

_NAMED = (Attribute, Method, Variable)


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
        """Every operand of a chain that another operand covers."""
        if not is_outermost(node, site.parent):
            return ()
        parts = operands(node, node.operator)
        again = compares_again(view)
        if not again and len(set(map(type, parts))) == len(parts):
            return ()
        return self._chain(parts, node.operator, view, bounds=again)

    def _chain(self, parts: tuple[Expression, ...], operator: str, view: PolicyView, *, bounds: bool) -> Iterator[Hit]:
        found = [*_repeated(parts), *(_covered(parts, operator) if bounds else ())]
        shown: set[int] = set()
        for needless, reason in found:
            if id(needless) in shown:
                continue
            shown.add(id(needless))
            twice = expression_text(needless) == expression_text(reason)
            why = "it stands twice" if twice else f"{code(expression_text(reason))} settles it"
            message = f"{code(expression_text(needless))} changes nothing: {why}"
            yield self.on(view, needless, message, help="keep the one that is meant")


def _repeated(parts: tuple[Expression, ...]) -> Iterator[tuple[Expression, Expression]]:
    """Operands that stand twice, the later with the earlier."""
    groups: dict[object, list[Expression]] = {}
    for part in parts:
        groups.setdefault(_mark(part), []).append(part)
    for group in groups.values():
        seen: dict[str, Expression] = {}
        for part in group if len(group) > 1 else ():
            earlier = seen.setdefault(expression_text(part), part)
            if earlier is not part:
                yield part, earlier


def _mark(part: Expression) -> tuple[object, ...]:
    """What tells nearly all operands apart without printing them."""
    inner = part.left if isinstance(part, Binary) else part[0]
    name = inner.name if isinstance(inner, _NAMED) else None
    return (type(part), name, *(field for field in part[:2] if isinstance(field, str)))


def _covered(parts: tuple[Expression, ...], operator: str) -> Iterator[tuple[Expression, Expression]]:
    """Operands whose bound another one settles. Of two equal bounds the later is needless."""
    bounds = [(part, bound) for part in parts if (bound := bound_of(part)) is not None]
    for index, (part, bound) in enumerate(bounds):
        for other_index, (other, other_bound) in enumerate(bounds):
            if index == other_index or not _settles(other_bound, bound, operator):
                continue
            if other_index < index or not _settles(bound, other_bound, operator):
                yield part, other
                break


def _settles(reason: Bound, needless: Bound, operator: str) -> bool:
    """Whether `needless` changes nothing beside `reason`: it follows from it below `&&`, and implies it below `||`."""
    strong, weak = (reason, needless) if operator == "&&" else (needless, reason)
    return reason[:2] == needless[:2] and implies(strong.allowed, weak.allowed)
