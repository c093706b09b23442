"""`double-negation`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.finding import Area, Edit, Fix, Hit, Proof
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.languages.cedar.ast import Expression, Not
from bylaw.languages.cedar.walk import nodes_of
from bylaw.model.diagnostics import Severity


class DoubleNegation(PolicyRule):
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

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Clauses and operands with two negations."""
        for clause in view.statement.clauses:
            if "!" not in view.source(clause.start, clause.end):
                continue
            body = clause.body
            if clause.kind == "unless" and isinstance(body, Not):
                edits = (Edit(clause.start, clause.start + len("unless"), "when"), _without_sign(body))
                fix = Fix(view.policy.path, "write `when`", edits, Proof.NORMAL_FORM)
                yield self.on(view, body, "`unless` with a negation says `when`", help="write `when`", fix=fix)
            else:
                yield from self._doubled(clause.body, view)

    def _doubled(self, body: Expression, view: PolicyView) -> Iterator[Hit]:
        inner: set[int] = set()
        for node in nodes_of(body):
            if isinstance(node, Not) and isinstance(node.operand, Not) and id(node) not in inner:
                inner.add(id(node.operand))
                edits = (_without_sign(node), _without_sign(node.operand))
                fix = Fix(view.policy.path, "drop both negations", edits, Proof.NORMAL_FORM)
                yield self.on(view, node, "two negations cancel out", help="drop both", fix=fix)


def _without_sign(node: Not) -> Edit:
    return Edit(node.start, node.start + 1, "")
