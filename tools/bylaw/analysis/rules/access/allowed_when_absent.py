"""`allowed-when-absent`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.guards import guarded_path, is_guard
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Boolean, Has, If, Method, Not
from bylaw.model.diagnostics import Severity


class AllowedWhenAbsent(NodeRule[If | Binary]):
    """Leaving a field out widens access.

    ## What it finds

    A condition that lets more through when an attribute or a tag is missing: `if x has a then … else true` and
    `!(x has a) || …`, in a `permit`, or where a `forbid` makes an exception.

    ## Why it matters

    The caller, or the agent it speaks for, decides which optional fields a request carries. A check that passes when its subject
    is missing is a check one can opt out of.

    ## Example

    ```cedar
    permit (principal in Team::"ops", action == Action::"read", resource)
    when { if context has ticket then context.ticket like "T-*" else true };
    ```

    ## Instead

    ```cedar
    permit (principal in Team::"ops", action == Action::"read", resource)
    when { context has ticket && context.ticket like "T-*" };
    ```
    """

    id = "allowed-when-absent"
    area = Area.ACCESS
    severity = Severity.WARNING
    since = "0.1.0"
    security_severity = 7.0
    nodes = (If,)
    operators = ("||",)

    def check(self, node: If | Binary, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A branch for the missing field that is simply true."""
        guard = _guard(node)
        if guard is None or not view.allows_more(site):
            return ()
        message = f"a request without {code(guarded_path(guard))} passes this check"
        return (self.on(view, node, message, help="demand the field: join the guard and the check with `&&`"),)


def _guard(node: If | Binary) -> Has | Method | None:
    """The guard whose failure makes `node` true."""
    match node:
        case If(condition, _, Boolean(True)) if is_guard(condition):
            return condition
        case Binary("||", Not(operand)) if is_guard(operand):
            return operand
        case _:
            return None
