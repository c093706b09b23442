"""`unused-type`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.wording import code
from bylaw.languages.cedar.schema import EntityType, RecordType, Schema, SetType, Type
from bylaw.model.diagnostics import Severity


class UnusedType(AppRule):
    """An entity type that nothing refers to.

    ## What it finds

    An entity type of the schema that no action takes as principal or resource, no attribute, tag or context holds, and no other
    type has as parent.

    ## Why it matters

    No policy can ever see an entity of it. Either the schema has kept something that is gone, or an action was not told about
    it.

    ## Example

    ```cedarschema
    entity Agent, Tool, Invoice;
    action read appliesTo { principal: Agent, resource: Tool };
    ```

    ## Instead

    ```cedarschema
    entity Agent, Tool, Invoice;
    action read appliesTo { principal: Agent, resource: [Tool, Invoice] };
    ```
    """

    id = "unused-type"
    area = Area.REACHABILITY
    severity = Severity.NOTE
    since = "0.1.0"
    needs = (Need.SCHEMA,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every type outside all declarations."""
        schema = app.facts.known_schema
        for name in sorted(schema.entities.keys() - set(_used(schema))):
            message = f"nothing in the schema refers to the entity type {code(name)}"
            yield self.beside(app.place("schema"), message, subject=name, help="remove it, or let an action take it")


def _used(schema: Schema) -> Iterator[str]:
    for action in schema.actions.values():
        yield from (*action.principals, *action.resources)
        yield from _held(action.context)
    for entity in schema.entities.values():
        yield from entity.member_of
        yield from _held(entity.attributes)
        yield from _held(entity.tags) if entity.tags else ()


def _held(type_: Type) -> Iterator[str]:
    match type_:
        case EntityType(name):
            yield name
        case SetType(element):
            yield from _held(element)
        case RecordType(attributes):
            for attribute in attributes:
                yield from _held(attribute.type)
        case _:
            return
