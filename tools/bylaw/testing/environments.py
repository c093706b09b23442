"""What the types alone say about a policy in one request environment: where its scope can match, and what is constant there.

Used to tell mutants that cannot differ from their original, and environments in which nothing can be allowed. Everything here errs
to one side: "cannot match" and "is constant" are certain, their absence means nothing.
"""

from typing import NamedTuple

from bylaw.languages.cedar.ast import (
    Attribute,
    Binary,
    Boolean,
    Entity,
    Expression,
    Has,
    If,
    Is,
    Method,
    Not,
    Scope,
    ScopeAny,
    ScopeEqual,
    ScopeIn,
    ScopeInSet,
    ScopeIs,
    Set,
    Statement,
    Variable,
)
from bylaw.languages.cedar.canonical import expression_text, scope_text
from bylaw.languages.cedar.schema import Environment, RecordType, Schema, Type
from bylaw.model.identifiers import EntityUid


class Residual(NamedTuple):
    """What is left of a policy in one environment. Equal residuals match the same requests."""

    principal: str
    resource: str
    """What the scope still asks; empty where the type is enough."""
    conditions: tuple[str, ...]


def can_match(statement: Statement, environment: Environment, schema: Schema) -> bool:
    """Whether the scope admits some request of this environment."""
    return (
        _admits(statement.principal, environment.principal, schema)
        and _admits_action(statement.action, environment.action, schema)
        and _admits(statement.resource, environment.resource, schema)
    )


def always_matches(statement: Statement, environment: Environment, schema: Schema) -> bool:
    """Whether the policy matches every request of this environment, by its scope and without clauses."""
    rest = residual(statement, environment, schema)
    return rest == Residual("", "", ())


def residual(statement: Statement, environment: Environment, schema: Schema) -> Residual | None:
    """What is left of `statement`; none where it matches nothing in this environment."""
    if not can_match(statement, environment, schema):
        return None
    fold = _Folding(environment, schema)
    conditions: list[str] = []
    for clause in statement.clauses:
        body = fold.expression(clause.body)
        if clause.kind == "unless":
            if isinstance(body, Boolean):
                if body.value:
                    return None
            else:
                conditions.append(f"unless {expression_text(body)}")
            continue
        for conjunct in _conjuncts(body):
            if not isinstance(conjunct, Boolean):
                conditions.append(f"when {expression_text(conjunct)}")
            elif not conjunct.value:
                # Whatever the conjuncts to its left do, be it an error, the policy is not satisfied.
                return None
    return Residual(_open_part(statement.principal), _open_part(statement.resource), tuple(conditions))


def _admits(scope: Scope, type_: str, schema: Schema) -> bool:
    match scope:
        case ScopeEqual(_, Entity() as target):
            return target.type == type_
        case ScopeIn(_, Entity() as target):
            return schema.type_can_be_in(type_, target.type)
        case ScopeIs(_, wanted, target):
            return wanted == type_ and (not isinstance(target, Entity) or schema.type_can_be_in(type_, target.type))
        case _:
            return True


def _admits_action(scope: Scope, action: EntityUid, schema: Schema) -> bool:
    match scope:
        case ScopeEqual(_, Entity() as target):
            return action == _uid(target)
        case ScopeIn(_, Entity() as target):
            return schema.action_in(action, _uid(target))
        case ScopeInSet(_, targets):
            return any(schema.action_in(action, _uid(target)) for target in targets)
        case _:
            return True


def _open_part(scope: Scope) -> str:
    """What a scope part still asks when the type of its variable is known to fit."""
    match scope:
        case ScopeAny() | ScopeIs(_, _, None):
            return ""
        case ScopeIs(variable, _, target) if target is not None:
            return scope_text(ScopeIn(variable, target, 0, 0))
        case _:
            return scope_text(scope)


def _conjuncts(node: Expression) -> tuple[Expression, ...]:
    if isinstance(node, Binary) and node.operator == "&&":
        return (*_conjuncts(node.left), *_conjuncts(node.right))
    return (node,)


class _Folding:
    """Replaces what is constant in one environment by its value."""

    def __init__(self, environment: Environment, schema: Schema) -> None:
        self._environment = environment
        self._schema = schema

    def expression(self, node: Expression) -> Expression:
        """`node`, folded. Short circuit is kept: what could error is dropped only where the engine does not reach it."""
        match node:
            case Binary("&&" | "||", left, right):
                return self._logic(node, self.expression(left), self.expression(right))
            case Not(operand):
                inner = self.expression(operand)
                return (
                    inner._replace(value=not inner.value)
                    if isinstance(inner, Boolean)
                    else node._replace(operand=inner)
                )
            case If(condition, consequence, alternative):
                first = self.expression(condition)
                if isinstance(first, Boolean):
                    return self.expression(consequence if first.value else alternative)
                return If(first, self.expression(consequence), self.expression(alternative), node.start, node.end)
            case _:
                value = self._constant(node)
                return node if value is None else Boolean(value, node.start, node.end)

    @staticmethod
    def _logic(node: Binary, left: Expression, right: Expression) -> Expression:
        stops = node.operator == "||"
        if isinstance(left, Boolean):
            return left if left.value is stops else right
        if isinstance(right, Boolean) and right.value is not stops:
            return left
        return node._replace(left=left, right=right)

    def _constant(self, node: Expression) -> bool | None:
        match node:
            case Is(Variable(name), type_, None) if name in {"principal", "resource"}:
                return self._type(name) == type_
            case Method(Variable(name), "hasTag", _) if name in {"principal", "resource"}:
                declared = self._schema.entities.get(self._type(name))
                return False if declared is not None and declared.tags is None else None
            case Has(base, (name,)):
                return self._has(base, name)
            case Binary("==", Variable("action"), Entity() as target):
                return self._environment.action == _uid(target)
            case Binary("in", Variable("action"), target):
                return self._in_action(target)
            case Binary("==" | "in" as operator, Variable("principal" | "resource" as name), Entity() as target):
                return self._impossible(operator, self._type(name), target.type)
            case _:
                return None

    def _type(self, variable: str) -> str:
        return self._environment.principal if variable == "principal" else self._environment.resource

    def _impossible(self, operator: str, type_: str, target: str) -> bool | None:
        possible = type_ == target if operator == "==" else self._schema.type_can_be_in(type_, target)
        return None if possible else False

    def _in_action(self, target: Expression) -> bool | None:
        targets = target.elements if isinstance(target, Set) else (target,)
        entities = [element for element in targets if isinstance(element, Entity)]
        if len(entities) != len(targets):
            return None
        return any(self._schema.action_in(self._environment.action, _uid(entity)) for entity in entities)

    def _has(self, base: Expression, name: str) -> bool | None:
        if isinstance(base, Variable) and base.name in {"principal", "resource"}:
            declared = self._schema.entities.get(self._type(base.name))
            # A declared attribute says nothing: the entity may be missing.
            return False if declared is not None and declared.attributes.attribute(name) is None else None
        record = self._record(base)
        if record is None:
            return None
        attribute = record.attribute(name)
        return False if attribute is None else True if attribute.required else None

    def _record(self, node: Expression) -> RecordType | None:
        """The type of a part of the context that is there in every request."""
        match node:
            case Variable("context"):
                declared = self._schema.actions.get(self._environment.action)
                return declared.context if declared else None
            case Attribute(base, name):
                above = self._record(base)
                attribute = above.attribute(name) if above else None
                inner: Type | None = attribute.type if attribute and attribute.required else None
                return inner if isinstance(inner, RecordType) else None
            case _:
                return None


def _uid(entity: Entity) -> EntityUid:
    return EntityUid(entity.type, entity.id)
