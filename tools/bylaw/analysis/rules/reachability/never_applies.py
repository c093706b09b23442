"""`never-applies`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import Need, PolicyRule
from bylaw.analysis.scopes import could_be
from bylaw.analysis.view import PolicyView
from bylaw.languages.cedar.ast import Entity, Scope, ScopeIs
from bylaw.languages.cedar.schema import Schema
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
        if any(_impossible_entity(scope, view.schema) for scope in (view.statement.principal, view.statement.resource)):
            return ()
        message = "no request can meet this scope: the schema has no such principal, action and resource together"
        return (self.on_head(view, message, help="see `appliesTo` of the action in the schema"),)


def _impossible_entity(scope: Scope, schema: Schema) -> bool:
    """Whether it is the entity or group, not the type, that this part of the scope cannot have."""
    if isinstance(getattr(scope, "target", None), Entity):
        type_alone = isinstance(scope, ScopeIs) and not could_be(scope._replace(target=None), schema)
        return not type_alone and not could_be(scope, schema)
    return False
