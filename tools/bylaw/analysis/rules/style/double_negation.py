"""`double-negation`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Edit, Fix, Hit, Proof
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.languages.cedar.ast import Expression, Not
from bylaw.model.diagnostics import Severity


class DoubleNegation(NodeRule[Not]):
    """Two negations that cancel out.

    ## What it finds

    `unless { !… }` with the negation around all of the clause, and `!!…`.

    ## Why it matters

    Readers lose count, and a third negation, added later, turns the policy around.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource is Tool) unless { !(resource.risk < 3) };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource is Tool) when { resource.risk < 3 };
    ```

    ## Fix safety

    Safe: both texts have one normal form. Errors stay errors, because negation passes them on.
    """

    id = "double-negation"
    area = Area.STYLE
    severity = Severity.NOTE
    since = "0.1.0"

    nodes = (Not,)

    def check(self, node: Not, site: Site, view: PolicyView) -> Iterable[Hit]:
        """The outermost of some negations."""
        if isinstance(site.parent, Not):
            return
        outer: Expression = node
        # Directly below a clause, only an `unless` makes the policy apply rather when the node is false.
        if site.parent is None and site.positive is False:
            yield self._unless(node, view)
            outer = node.operand
        while isinstance(outer, Not) and isinstance(outer.operand, Not):
            edits = (_without_sign(outer), _without_sign(outer.operand))
            fix = Fix(view.policy.path, "drop both negations", edits, Proof.NORMAL_FORM)
            yield self.on(view, outer, "two negations cancel out", help="drop both", fix=fix)
            outer = outer.operand.operand

    def _unless(self, node: Not, view: PolicyView) -> Hit:
        start = next(clause.start for clause in view.statement.clauses if clause.body is node)
        edits = (Edit(start, start + len("unless"), "when"), _without_sign(node))
        fix = Fix(view.policy.path, "write `when`", edits, Proof.NORMAL_FORM)
        return self.on(view, node, "`unless` with a negation says `when`", help="write `when`", fix=fix)


def _without_sign(node: Not) -> Edit:
    return Edit(node.start, node.start + 1, "")
