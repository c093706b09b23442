"""`unconditional-permit`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.languages.cedar.ast import ScopeAny
from bylaw.model.diagnostics import Severity


class UnconditionalPermit(PolicyRule):
    """A permit without any limit.

    ## What it finds

    A `permit` whose scope names no principal, no action and no resource, and which has no clause.

    ## Why it matters

    It allows every request that no `forbid` stops: every agent, every tool, and whatever is added tomorrow. Nothing that is
    granted elsewhere matters any more.

    ## Example

    ```cedar
    permit (principal, action, resource);
    ```

    ## Instead

    ```cedar
    permit (principal in Team::"support", action in [Action::"read", Action::"search"], resource is Ticket);
    ```
    """

    id = "unconditional-permit"
    area = Area.ACCESS
    severity = Severity.ERROR
    since = "0.1.0"
    security_severity = 9.0

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """A permit of everything."""
        statement = view.statement
        if (
            not view.is_permit
            or statement.clauses
            or not all(isinstance(scope, ScopeAny) for scope in statement.scopes)
        ):
            return ()
        remedy = "name the principals, the actions or the resources, or add a `when` clause"
        return (self.on_head(view, "`permit` without any limit allows every request", help=remedy),)
