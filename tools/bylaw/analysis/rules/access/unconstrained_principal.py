"""`unconstrained-principal`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.paths import root_variables
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.languages.cedar.ast import ScopeAny
from bylaw.model.diagnostics import Severity


class UnconstrainedPrincipal(PolicyRule):
    """A permit that anyone may use.

    ## What it finds

    A `permit` that limits the action, the resource or the context, but says nothing about the principal: neither in the scope nor
    in any clause. A permit without any limit at all is `unconditional-permit`.

    ## Why it matters

    Every agent that can reach the gateway gets what the policy grants, agents that do not exist yet included. Limits on the
    context do not help: the caller fills it in.

    ## Example

    ```cedar
    permit (principal, action == Action::"pay", resource) when { context.amount < 100 };
    ```

    ## Instead

    ```cedar
    permit (principal in Team::"support", action == Action::"pay", resource) when { context.amount < 100 };
    ```

    Where anyone is meant, say so and why: `// bylaw: allow unconstrained-principal -- status page, public by decision 14`.
    """

    id = "unconstrained-principal"
    area = Area.ACCESS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    security_severity = 7.0

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """A permit that does not look at the principal."""
        statement = view.statement
        if not view.is_permit or not isinstance(statement.principal, ScopeAny):
            return ()
        others = isinstance(statement.action, ScopeAny) and isinstance(statement.resource, ScopeAny)
        if others and not statement.clauses:
            return ()
        if any("principal" in root_variables(clause.body) for clause in statement.clauses):
            return ()
        scope = statement.principal
        remedy = "constrain `principal` in the scope; where anyone is meant, suppress with the reason"
        message = "no part of this permit limits the principal"
        return (self.at(view, scope.start, scope.end, message, subject="principal", help=remedy),)
