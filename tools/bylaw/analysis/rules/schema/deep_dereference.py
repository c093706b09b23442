"""`deep-dereference`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Hit, Persona
from bylaw.analysis.rule import Need, NodeRule, Option
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Attribute, Expression
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.schema import EntityType
from bylaw.model.diagnostics import Severity


class DeepDereference(NodeRule[Attribute]):
    """A long walk over entities.

    ## What it finds

    An attribute reached over more entities than `max` allows: `principal.manager.manager.suspended` goes over three.

    ## Why it matters

    Each of them must be sent with the request. The caller has to know the policy to know which, and where one is missing the
    policy errors and is skipped.

    ## Example

    ```cedar
    forbid (principal is Agent, action == Action::"pay", resource) when { principal.manager.manager.suspended };
    ```

    ## Instead

    Have the fact put on the principal, where the decision needs it:

    ```cedar
    forbid (principal is Agent, action == Action::"pay", resource) when { principal.chain_suspended };
    ```
    """

    id = "deep-dereference"
    area = Area.SCHEMA
    severity = Severity.NOTE
    confidence = Confidence.MEDIUM
    persona = Persona.PEDANTIC
    since = "0.1.0"
    needs = (Need.SCHEMA,)
    nodes = (Attribute,)
    options = (Option("max", 2, "how many entities an attribute may lie behind"),)

    def check(self, node: Attribute, site: Site, view: PolicyView) -> Iterable[Hit]:
        """An attribute behind too many entities; only the longest path is shown."""
        if isinstance(site.parent, Attribute):
            return ()
        hops = 0
        base: Expression = node
        while isinstance(base, Attribute):
            base = base.base
            types = view.types(base, site.guards)
            hops += bool(types) and all(isinstance(type_, EntityType) for type_ in types)
        if hops <= self.number("max"):
            return ()
        message = f"{code(expression_text(node))} lies behind {hops} entities, limit {self.number('max')}"
        return (self.on(view, node, message, help="have the fact put where the decision needs it"),)
