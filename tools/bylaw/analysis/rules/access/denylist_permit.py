"""`denylist-permit`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.guards import is_guard
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import Condition, PolicyView
from bylaw.languages.cedar.ast import Binary, Like, Method, ScopeAny, ScopeIs
from bylaw.model.diagnostics import Severity

_LISTING_METHODS = frozenset({"contains", "containsAny", "containsAll", "isInRange"})


class DenylistPermit(PolicyRule):
    """A permit limited only by what it leaves out.

    ## What it finds

    A `permit` for any principal and any resource (of a type) whose conditions are all exclusions: not this name, not this
    pattern, not in this list.

    ## Why it matters

    A list of exceptions is complete only on the day it is written. Every host, tool or region that appears later is allowed by
    default, and so is every spelling the list did not think of.

    ## Example

    ```cedar
    permit (principal, action == Action::"read", resource) unless { resource.host like "*.internal" };
    ```

    ## Instead

    Say what is allowed, and leave the exclusion to a `forbid`, which also holds against all other permits:

    ```cedar
    permit (principal, action == Action::"read", resource) when { resource.host like "*.example.com" };
    forbid (principal, action == Action::"read", resource) when { resource.host like "*.internal" };
    ```
    """

    id = "denylist-permit"
    area = Area.ACCESS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    security_severity = 6.0

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """A permit that only excludes."""
        statement = view.statement
        if not (view.is_permit and statement.clauses):
            return ()
        if not all(_is_open(scope) for scope in (statement.principal, statement.resource)):
            return ()
        limits = [
            condition for condition in view.conditions if not (condition.value and is_guard(condition.expression))
        ]
        if not limits or not all(_excludes(condition) for condition in limits):
            return ()
        first = limits[0].expression
        remedy = "permit what is meant in positive terms, and exclude with a `forbid`"
        message = "this permit only excludes: whatever it does not name is allowed"
        return (self.on(view, first, message, help=remedy),)


def _is_open(scope: object) -> bool:
    return isinstance(scope, ScopeAny) or (isinstance(scope, ScopeIs) and scope.target is None)


def _excludes(condition: Condition) -> bool:
    expression, value = condition
    match expression:
        case Like():
            return not value
        case Binary("=="):
            return not value
        case Binary("!="):
            return value
        case Binary("in"):
            return not value
        case Method(_, name):
            return not value and name in _LISTING_METHODS
        case _:
            return False
