"""`unguarded-optional-attribute`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Fix, Hit, Proof
from bylaw.analysis.guards import is_present
from bylaw.analysis.insertion import guard_edits
from bylaw.analysis.paths import name_text, path_of
from bylaw.analysis.rule import Need, NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Attribute
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.typer import attribute_of
from bylaw.model.diagnostics import Severity


class UnguardedOptionalAttribute(NodeRule[Attribute]):
    """An optional attribute read without `has`.

    ## What it finds

    An attribute that the schema declares optional for a type that can stand here, read where no `has` has made sure of it.

    ## Why it matters

    Where the attribute is missing, reading it is an error, and a policy that errors is skipped. A caller that leaves the field out
    switches a `forbid` off.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.ticket like "T-*" };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource)
    when { context has ticket && context.ticket like "T-*" };
    ```

    In a `forbid`, decide what the missing field means. To forbid then as well, ask for it in a clause of its own:
    `unless { context has ticket && … }`.

    ## Fix safety

    Safe: `has` is put in front only where being false keeps the policy from applying, as the error did. So no decision changes, and
    a `forbid` that was switched off by a missing field stays so: the fix makes that visible, it does not decide it.
    """

    id = "unguarded-optional-attribute"
    area = Area.SCHEMA
    severity = Severity.ERROR
    since = "0.1.0"
    aliases = ("unguarded-optional",)
    needs = (Need.SCHEMA,)
    nodes = (Attribute,)

    def check(self, node: Attribute, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A read that can fail."""
        # Typing costs; nearly every attribute is done after this look-up.
        if node.name not in view.facts.optional_names or is_present(node.base, node.name, site):
            return ()
        declared = [attribute_of(type_, node.name, view.schema) for type_ in view.types(node.base, site.guards)]
        if all(attribute is None or attribute.required for attribute in declared):
            return ()
        guard = f"{expression_text(node.base)} has {name_text(node.name)}"
        message = f"the optional attribute {code(expression_text(node))} is read without `has`"
        return (self.on(view, node, message, help=f"ask `{guard}` first", fix=_fix(node, guard, view)),)


def _fix(node: Attribute, guard: str, view: PolicyView) -> Fix | None:
    edits = guard_edits(view.statement, node, guard) if path_of(node.base) else ()
    return Fix(view.policy.path, f"ask `{guard}` first", edits, Proof.GUARD) if edits else None
