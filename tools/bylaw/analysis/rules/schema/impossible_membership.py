"""`impossible-membership`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import Need, NodeRule
from bylaw.analysis.scopes import could_be
from bylaw.analysis.types import shown
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Entity, ScopeIn, ScopeIs, Set
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.schema import EntityType
from bylaw.model.diagnostics import Severity


class ImpossibleMembership(NodeRule[Binary | ScopeIn | ScopeIs]):
    """A group that the entity can never be in.

    ## What it finds

    `in` with a group whose type the schema does not list among the ancestors of any type that stands on the left.

    ## Why it matters

    The condition is always false. A `permit` grants nothing; a `forbid` forbids nothing, and the validator does not mind.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource in Team::"ops");
    ```

    ## Instead

    ```cedar
    forbid (principal in Team::"ops", action == Action::"pay", resource);
    ```
    """

    id = "impossible-membership"
    area = Area.SCHEMA
    severity = Severity.ERROR
    since = "0.1.0"
    needs = (Need.SCHEMA,)
    nodes = (ScopeIn, ScopeIs)
    operators = ("in",)

    def check(self, node: Binary | ScopeIn | ScopeIs, site: Site, view: PolicyView) -> Iterable[Hit]:
        """`in` across unrelated types."""
        if isinstance(node, Binary):
            yield from self._condition(node, site, view)
            return
        target = node.target
        # `is T` alone is impossible for other reasons; `never-applies` has those.
        plain = node._replace(target=None) if isinstance(node, ScopeIs) else None
        if node.variable == "action" or not isinstance(target, Entity) or could_be(node, view.schema):
            return
        if plain is None or could_be(plain, view.schema):
            message = f"a {node.variable} is never in a {code(target.type)}"
            subject = f"{node.variable} in {expression_text(target)}"
            remedy = "name a group that it can be in, or extend the schema"
            yield self.at(view, node.start, node.end, message, subject=subject, help=remedy)

    def _condition(self, node: Binary, site: Site, view: PolicyView) -> Iterator[Hit]:
        groups = node.right.elements if isinstance(node.right, Set) else (node.right,)
        named = [group for group in groups if isinstance(group, Entity)]
        types = view.types(node.left, site.guards) if named else ()
        members = [type_.entity for type_ in types if isinstance(type_, EntityType)]
        if not members or len(members) < len(types) or _is_action(members, view):
            return
        for group in named:
            if not any(view.schema.type_can_be_in(member, group.type) for member in members):
                message = f"no {shown(types)} is ever in a {code(group.type)}"
                yield self.on(view, group, message, help="name a group that it can be in, or extend the schema")


def _is_action(members: list[str], view: PolicyView) -> bool:
    """Actions have groups of their own, which the schema lists by name, not by type."""
    return any(member not in view.schema.entities for member in members)
