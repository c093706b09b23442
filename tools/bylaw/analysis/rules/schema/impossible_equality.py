"""`impossible-equality`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import Need, NodeRule
from bylaw.analysis.scopes import could_be
from bylaw.analysis.types import never_equal, shown
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Attribute, Binary, Boolean, Entity, Expression, Long, Method, ScopeEqual, String
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.schema import PrimitiveType
from bylaw.model.diagnostics import Severity

_LITERALS = {String: PrimitiveType("String"), Long: PrimitiveType("Long"), Boolean: PrimitiveType("Bool")}


class ImpossibleEquality(NodeRule[Binary | ScopeEqual]):
    """Two things that are never equal.

    ## What it finds

    `==` and `!=` between values that the schema gives different types, in a clause and in the scope.

    ## Why it matters

    `==` never errors: values of different types are simply unequal, and the validator accepts unrelated entity types. So the
    condition is constant, and the policy does nothing, or does it always.

    ## Example

    ```cedar
    forbid (principal == Team::"ops", action == Action::"pay", resource);
    ```

    ## Instead

    ```cedar
    forbid (principal in Team::"ops", action == Action::"pay", resource);
    ```
    """

    id = "impossible-equality"
    area = Area.SCHEMA
    severity = Severity.ERROR
    since = "0.1.0"
    needs = (Need.SCHEMA,)
    nodes = (ScopeEqual,)
    operators = ("==", "!=")

    def check(self, node: Binary | ScopeEqual, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A comparison across types."""
        if isinstance(node, ScopeEqual):
            return self._scope(node, view)
        if _plainly_alike(node.left, node.right, view) or _plainly_alike(node.right, node.left, view):
            return ()
        left, right = view.types(node.left, site.guards), view.types(node.right, site.guards)
        if not left or not right or not all(never_equal(one, other) for one in left for other in right):
            return ()
        outcome = "is always false" if node.operator == "==" else "is always true"
        message = f"{code(expression_text(node))} {outcome}: {shown(left)} against {shown(right)}"
        return (self.on(view, node, message, help="compare like with like; for membership write `in`"),)

    def _scope(self, scope: ScopeEqual, view: PolicyView) -> Iterable[Hit]:
        target = scope.target
        if scope.variable == "action" or not isinstance(target, Entity) or could_be(scope, view.schema):
            return ()
        message = f"a {scope.variable} is never of the type {code(target.type)}"
        remedy = f"write `{scope.variable} in …` for a group, or name an entity of another type"
        subject = f"{scope.variable} == {expression_text(target)}"
        return (self.at(view, scope.start, scope.end, message, subject=subject, help=remedy),)


def _plainly_alike(one: Expression, literal: Expression, view: PolicyView) -> bool:
    """Whether an attribute or tag has the type of the literal wherever the schema declares it. Spares most comparisons typing."""
    wanted = _LITERALS.get(type(literal))
    if wanted is None:
        return False
    if isinstance(one, Attribute):
        declared = view.facts.attributes.get(one.name)
        return declared is not None and all(attribute.type == wanted for attribute in declared)
    return isinstance(one, Method) and one.name == "getTag" and view.facts.tag_types == {wanted}
