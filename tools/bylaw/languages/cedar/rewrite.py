"""Rewriting of syntax trees: replace entities and slots. On the parsed policy, never on its text."""

from collections.abc import Callable

from bylaw.languages.cedar.ast import (
    Attribute,
    Binary,
    Boolean,
    Call,
    Entity,
    Expression,
    Has,
    If,
    Is,
    Like,
    Long,
    Method,
    Negate,
    Not,
    Record,
    Scope,
    ScopeEqual,
    ScopeIn,
    ScopeInSet,
    ScopeIs,
    Set,
    Slot,
    Statement,
    String,
    Variable,
)
from bylaw.languages.cedar.program import CedarLink

Leaf = Entity | Slot
Replace = Callable[[Leaf], Leaf]


def rewrite_statement(statement: Statement, replace: Replace) -> Statement:
    """`statement` with every entity literal and slot passed through `replace`."""
    return statement._replace(
        principal=_rewrite_scope(statement.principal, replace),
        action=_rewrite_scope(statement.action, replace),
        resource=_rewrite_scope(statement.resource, replace),
        clauses=tuple(clause._replace(body=rewrite(clause.body, replace)) for clause in statement.clauses),
    )


def rewrite(node: Expression, replace: Replace) -> Expression:
    """`node` with every entity literal and slot passed through `replace`."""

    def visit(child: Expression) -> Expression:
        return rewrite(child, replace)

    match node:
        case Entity() | Slot():
            return replace(node)
        case Variable() | Boolean() | Long() | String():
            return node
        case Not(operand) | Negate(operand):
            return node._replace(operand=visit(operand))
        case Binary(_, left, right):
            return node._replace(left=visit(left), right=visit(right))
        case Attribute(base) | Has(base) | Like(base):
            return node._replace(base=visit(base))
        case Is(base, _, ancestor):
            return node._replace(base=visit(base), ancestor=None if ancestor is None else visit(ancestor))
        case If(condition, consequence, alternative):
            return node._replace(
                condition=visit(condition), consequence=visit(consequence), alternative=visit(alternative)
            )
        case Set(elements):
            return node._replace(elements=tuple(map(visit, elements)))
        case Record(fields):
            return node._replace(fields=tuple((name, visit(value)) for name, value in fields))
        case Call(_, arguments):
            return node._replace(arguments=tuple(map(visit, arguments)))
        case Method(receiver, _, arguments):
            return node._replace(receiver=visit(receiver), arguments=tuple(map(visit, arguments)))


def filled(link: CedarLink) -> Statement:
    """The static policy that a link stands for."""

    def replace(leaf: Entity | Slot) -> Entity | Slot:
        if isinstance(leaf, Slot) and leaf.name in link.values:
            uid = link.values[leaf.name]
            return Entity(uid.type, uid.id, leaf.start, leaf.end)
        return leaf

    return rewrite_statement(link.template.statement, replace)


def _rewrite_scope(scope: Scope, replace: Replace) -> Scope:
    match scope:
        case ScopeEqual(_, target) | ScopeIn(_, target):
            return scope._replace(target=replace(target))
        case ScopeIs(_, _, target) if target is not None:
            return scope._replace(target=replace(target))
        case ScopeInSet(_, targets):
            replaced = (replace(target) for target in targets)
            return scope._replace(targets=tuple(target for target in replaced if isinstance(target, Entity)))
        case _:
            return scope
