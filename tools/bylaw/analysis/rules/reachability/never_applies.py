"""`never-applies`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import Need, PolicyRule
from bylaw.analysis.scopes import could_be, literals_of
from bylaw.analysis.view import PolicyView
from bylaw.model.diagnostics import Severity


class NeverApplies(PolicyRule):
    """A policy whose scope no request can meet.

    ## What it finds

    A scope for which the schema has no request environment: the action does not take this principal with this resource. Where one
    entity or group of the scope is impossible by itself, `impossible-equality` or `impossible-membership` says so instead.

    ## Why it matters

    The policy decides nothing. Where it is a `forbid`, people believe in a guardrail that is not there.

    ## Example

    ```cedar
    forbid (principal is Service, action == Action::"pay", resource is Team);
    ```

    ## Instead

    Name a principal and a resource that the schema lists under `appliesTo` of the action, or extend the schema:

    ```cedar
    forbid (principal is Service, action == Action::"pay", resource is Tool);
    ```
    """

    id = "never-applies"
    area = Area.REACHABILITY
    severity = Severity.ERROR
    since = "0.1.0"
    needs = (Need.SCHEMA,)

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """A scope without a request environment."""
        if view.environments or not view.schema.environments:
            return ()
        named = [scope for scope in view.statement.scopes if literals_of(scope) and scope.variable != "action"]
        if not all(could_be(scope, view.schema) for scope in named):
            return ()
        message = "no request can meet this scope: the schema has no such principal, action and resource together"
        return (self.on_head(view, message, help="see `appliesTo` of the action in the schema"),)
