"""`missing-type-case`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.rule import Need, NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code, listed
from bylaw.languages.cedar.ast import Has, Variable
from bylaw.languages.cedar.schema import EntityType
from bylaw.languages.cedar.typer import attribute_of
from bylaw.model.diagnostics import Severity


class MissingTypeCase(NodeRule[Has]):
    """A forbid that some types slip through.

    ## What it finds

    In a `forbid`: `principal has a` or `resource has a` as a condition, where some of the types that can stand there declare `a`
    and others do not.

    ## Why it matters

    For the others the condition is false, so the `forbid` never covers them. Perhaps only the first type was thought of.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { principal has tier && principal.tier < 2 };
    ```

    ## Instead

    Say which types are meant, and give each its case:

    ```cedar
    forbid (principal is Agent, action == Action::"pay", resource) when { principal.tier < 2 };
    forbid (principal is Service, action == Action::"pay", resource) unless { principal.name == "billing" };
    ```
    """

    id = "missing-type-case"
    area = Area.SCHEMA
    severity = Severity.NOTE
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    needs = (Need.SCHEMA,)
    nodes = (Has,)

    def check(self, node: Has, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A guard that tells types apart."""
        if view.is_permit or not site.positive or not isinstance(node.base, Variable) or node.base.name == "context":
            return ()
        names = sorted({type_.entity for type_ in view.types(node.base, site.guards) if isinstance(type_, EntityType)})
        without = [name for name in names if attribute_of(EntityType(name), node.path[0], view.schema) is None]
        if not without or len(without) == len(names):
            return ()
        have = "has" if len(without) == 1 else "have"
        message = f"this forbid does not cover {listed(without)}, which {have} no {code(node.path[0])}"
        return (
            self.on(view, node, message, help=f"write `{node.base.name} is …` in the scope, a policy for each type"),
        )
