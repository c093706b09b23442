"""`forbid-on-missing-entity`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Hit, Persona
from bylaw.analysis.guards import is_present
from bylaw.analysis.rule import Need, NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Attribute, Variable
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.schema import EntityType
from bylaw.model.diagnostics import Severity


class ForbidOnMissingEntity(NodeRule[Attribute]):
    """A forbid that fails when the caller leaves an entity out.

    ## What it finds

    In a `forbid`: an attribute read from an entity that is reached through another attribute, without a `has` that would also
    fail softly when the entity was not sent.

    ## Why it matters

    Callers send the entities they think are needed. When the one behind `resource.owner` is not among them, reading it is an
    error, and a `forbid` that errors does not apply.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource is Tool) when { resource.owner.suspended };
    ```

    ## Instead

    Make the missing entity count as the dangerous case:

    ```cedar
    forbid (principal, action == Action::"pay", resource is Tool)
    unless { resource.owner has suspended && !resource.owner.suspended };
    ```
    """

    id = "forbid-on-missing-entity"
    area = Area.CORRECTNESS
    severity = Severity.NOTE
    confidence = Confidence.MEDIUM
    persona = Persona.PEDANTIC
    since = "0.1.0"
    needs = (Need.SCHEMA,)
    nodes = (Attribute,)

    def check(self, node: Attribute, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A read through an entity that may not be there."""
        if view.is_permit or isinstance(node.base, Variable):
            return ()
        types = view.types(node.base, site.guards)
        if not types or not all(isinstance(type_, EntityType) for type_ in types):
            return ()
        if is_present(node.base, node.name, site):
            return ()
        base = expression_text(node.base)
        message = f"when {code(base)} is not sent, this is an error and the forbid does not apply"
        remedy = f"ask `{base} has {node.name}` first, and decide what its absence means"
        return (self.on(view, node, message, help=remedy),)
