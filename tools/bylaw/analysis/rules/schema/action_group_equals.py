"""`action-group-equals`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Edit, Fix, Hit
from bylaw.analysis.paths import uid_of
from bylaw.analysis.rule import Need, NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Entity, ScopeEqual, Variable
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity


class ActionGroupEquals(NodeRule[Binary | ScopeEqual]):
    """`==` with an action group.

    ## What it finds

    `action == Action::"group"`, in the scope or a clause, where the schema declares actions as members of that group.

    ## Why it matters

    `==` means the group itself. Its members, which are what requests name, are left out: the `permit` grants nothing, the
    `forbid` stops nothing.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"readers", resource is Tool);
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action in Action::"readers", resource is Tool);
    ```

    ## Fix safety

    Unsafe: the policy begins to cover the members.
    """

    id = "action-group-equals"
    area = Area.SCHEMA
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.SCHEMA,)
    nodes = (ScopeEqual,)
    operators = ("==", "!=")

    def check(self, node: Binary | ScopeEqual, site: Site, view: PolicyView) -> Iterable[Hit]:
        """An action compared with a group."""
        del site
        group = _compared(node)
        if group is None:
            return ()
        members = view.facts.action_groups.get(uid_of(group), 0)
        if not members:
            return ()
        message = f"{code(expression_text(group))} is a group of {members} actions, and `==` leaves them out"
        hit = self.at(view, node.start, node.end, message, subject=expression_text(group), help="write `in`")
        return (hit._replace(fix=_fix(node, group, view)),)


def _compared(node: Binary | ScopeEqual) -> Entity | None:
    """The entity that `action` is compared with."""
    if isinstance(node, ScopeEqual):
        return node.target if node.variable == "action" and isinstance(node.target, Entity) else None
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(one, Variable) and one.name == "action" and isinstance(other, Entity):
            return other
    return None


def _fix(node: Binary | ScopeEqual, group: Entity, view: PolicyView) -> Fix | None:
    text = view.source(node.start, group.start)
    if isinstance(node, Binary) and (node.operator != "==" or node.right is not group):
        return None
    if text.split() != ["action", "=="]:
        return None
    start = node.start + text.index("==")
    return Fix(view.policy.path, "write `in`", (Edit(start, start + 2, "in"),))
