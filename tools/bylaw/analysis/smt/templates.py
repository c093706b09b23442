"""Templates with free slots: what any link of one could allow, whichever entities it names.

A free slot is read as one more attribute of the context: of a type that the scope admits, and of any value. So an answer holds for
every link there could be, those that a policy itself names included. An example is shown as a real link: its slots are filled, the
attribute is taken away again, and the engine decides under the schema as it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.replay import Replay
from bylaw.analysis.smt.subjects import Subject
from bylaw.evaluation.interface import MalformedRequestError
from bylaw.evaluation.values import entity_reference
from bylaw.languages.cedar import ast
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.program import CedarLink, CedarPolicy
from bylaw.languages.cedar.rewrite import filled
from bylaw.languages.cedar.schema import AttributeType, EntityType, Environment, RecordType, Schema
from bylaw.model.decisions import Answer
from bylaw.model.identifiers import EntityUid

SLOTS: tuple[ast.SlotName, ...] = ("principal", "resource")


class SlotTypes(NamedTuple):
    """The types of the entities that fill the slots; none where there is no such slot."""

    principal: str | None
    resource: str | None

    def given(self) -> Iterator[tuple[ast.SlotName, str]]:
        """The slots there are, each with its type."""
        yield from ((slot, name) for slot, name in zip(SLOTS, self, strict=True) if name is not None)


def attribute_of(slot: ast.SlotName) -> str:
    """The name of the attribute that stands for a slot; no identifier, so that hardly a schema has it."""
    return f"?{slot}"


def slot_types(templates: Iterable[ast.Statement], environment: Environment, schema: Schema) -> tuple[SlotTypes, ...]:
    """The types with which a link of one of `templates` can be satisfied in an environment."""
    scopes = [(template.principal, template.resource) for template in templates]
    principal = {name for scope, _ in scopes for name in _types(scope, environment.principal, schema)}
    resource = {name for _, scope in scopes for name in _types(scope, environment.resource, schema)}
    given = (sorted(names) if names else (None,) for names in (principal, resource))
    return tuple(SlotTypes(*found) for found in product(*given))


def _types(scope: ast.Scope, own: str, schema: Schema) -> Iterable[str]:
    match scope:
        case ast.ScopeEqual(_, ast.Slot()):
            return (own,)
        case ast.ScopeIn(_, ast.Slot()) | ast.ScopeIs(_, _, ast.Slot()):
            return (own, *schema.ancestor_types(own))
        case _:
            return ()


def with_slots(schema: Schema, environment: Environment, types: SlotTypes) -> Schema:
    """`schema` with the slots in the context of the environment's action. Its text stays what it was."""
    action = schema.actions[environment.action]
    fields = tuple(AttributeType(attribute_of(slot), EntityType(name), True) for slot, name in types.given())
    context = RecordType(tuple(sorted((*action.context.attributes, *fields), key=lambda field: field.name)))
    return Schema(schema.entities, {**schema.actions, action.uid: replace(action, context=context)}, schema.text)


def opened(template: CedarPolicy) -> Subject:
    """The template as a permit that asks the context for its slots: allowed is what a link of it would be satisfied by."""
    statement = template.statement
    asked = tuple(clause for scope in statement.scopes for clause in _asked(scope))
    statement = statement._replace(
        effect="permit",
        principal=_without_slot(statement.principal),
        resource=_without_slot(statement.resource),
        clauses=(*asked, *statement.clauses),
    )
    return _subject(template, statement)


def _asked(scope: ast.Scope) -> Iterator[ast.Clause]:
    target = getattr(scope, "target", None)
    if isinstance(target, ast.Slot):
        place = (scope.start, scope.end)
        slot = ast.Attribute(ast.Variable("context", *place), attribute_of(target.name), *place)
        operator: ast.BinaryOperator = "==" if isinstance(scope, ast.ScopeEqual) else "in"
        yield ast.Clause("when", ast.Binary(operator, ast.Variable(scope.variable, *place), slot, *place), *place)


def _without_slot(scope: ast.Scope) -> ast.Scope:
    match scope:
        case ast.ScopeEqual(variable, ast.Slot(), start, end) | ast.ScopeIn(variable, ast.Slot(), start, end):
            return ast.ScopeAny(variable, start, end)
        case ast.ScopeIs(_, _, ast.Slot()):
            return scope._replace(target=None)
        case _:
            return scope


def _subject(template: CedarPolicy, statement: ast.Statement) -> Subject:
    policy = CedarPolicy(template.ref, template.path, canonical_text(statement), statement)
    return Subject(policy.ref, statement, policy)


class Linked(NamedTuple):
    """An example with its slots taken out of the context."""

    values: Mapping[str, EntityUid]
    concrete: Concrete


def linked(example: Concrete) -> Linked:
    """The link and the request of an example of an opened template."""
    context = dict(example.request.context)
    found = {slot: entity_reference(context.pop(attribute_of(slot), None)) for slot in SLOTS}
    values = {str(slot): uid for slot, uid in found.items() if uid is not None}
    return Linked(values, Concrete(replace(example.request, context=context), example.entities))


class LinkReplay(Replay):
    """The engine over a template, linked as each example says; without a template, over nothing."""

    def __init__(self, template: CedarPolicy | None, schema: Schema) -> None:
        super().__init__([opened(template)] if template else [], schema)
        self._template = template
        self._schema = schema

    def answer(self, example: Concrete) -> Answer:
        """What the engine decides with that link.

        Raises:
            MalformedRequestError: the request, an entity or the link is not of the schema.
        """
        values, concrete = linked(example)
        if self._template is None:
            return Replay((), self._schema).answer(concrete)
        statement = filled(CedarLink(self._template.ref, self._template, values, self._template.span(0, 0)))
        if statement.is_template:
            raise MalformedRequestError("a slot is not filled")
        return Replay([_subject(self._template, statement._replace(effect="permit"))], self._schema).answer(concrete)
