"""`undeclared-attribute`."""

from collections.abc import Iterable
from difflib import get_close_matches

from bylaw.analysis.attributes import attributes_of
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import Need, NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Has
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.schema import EntityType, RecordType, Type
from bylaw.languages.cedar.typer import attribute_of
from bylaw.model.diagnostics import Severity


class UndeclaredAttribute(NodeRule[Has]):
    """`has` with a name that the schema does not know.

    ## What it finds

    `x has a` where no type that `x` can have here declares `a`.

    ## Why it matters

    The condition is always false, and because the validator then skips what it guards, it accepts the policy. One wrong letter
    turns off a `forbid`.

    ## Example

    ```cedar
    forbid (principal is Agent, action == Action::"pay", resource) when { principal has reigon && principal.reigon == "cn" };
    ```

    ## Instead

    ```cedar
    forbid (principal is Agent, action == Action::"pay", resource) when { principal has region && principal.region == "cn" };
    ```
    """

    id = "undeclared-attribute"
    area = Area.SCHEMA
    severity = Severity.ERROR
    since = "0.1.0"
    needs = (Need.SCHEMA,)
    nodes = (Has,)

    def check(self, node: Has, site: Site, view: PolicyView) -> Iterable[Hit]:
        """The first name of the path that nothing declares."""
        types: tuple[Type | None, ...] = view.types(node.base, site.guards)
        for depth, name in enumerate(node.path):
            if not types or None in types:
                return ()
            if not all(isinstance(type_, EntityType | RecordType) for type_ in types):
                return ()  # not always false but an error, which the validator reports
            declared = [attribute for type_ in types if (attribute := attribute_of(type_, name, view.schema))]
            if not declared:
                owner = ".".join((expression_text(node.base), *node.path[:depth]))
                message = f"the schema declares no attribute {code(name)} of {code(owner)}, so this is always false"
                return (self.on(view, node, message, help=_remedy(name, attributes_of(types, view.schema))),)
            types = tuple(attribute.type for attribute in declared)
        return ()


def _remedy(name: str, known: frozenset[str]) -> str:
    close = get_close_matches(name, sorted(known), 1)
    return f"did you mean `{close[0]}`?" if close else "correct the name, or declare the attribute"
