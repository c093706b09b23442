"""The Cedar syntax tree, with the range of every node.

Nodes mirror the engine's own tree (see the Cedar policy grammar), before the expansions the engine performs: parentheses are
dropped, a chain is left-nested, `has a.b` keeps its path, a sign before a number literal is folded into it.

`start` and `end` are code-point offsets into the text of the file (end exclusive). They take part in `==`; compare canonical
text (`bylaw.languages.cedar.canonical`) to compare meaning. Nodes are named tuples rather than dataclasses because a
repository of ten thousand policies builds half a million of them on every run.
"""

from typing import Literal, NamedTuple, TypeAlias

VariableName: TypeAlias = Literal["principal", "action", "resource", "context"]
SlotName: TypeAlias = Literal["principal", "resource"]
BinaryOperator: TypeAlias = Literal["||", "&&", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*"]


class Variable(NamedTuple):
    """One of the four request variables."""

    name: VariableName
    start: int
    end: int


class Slot(NamedTuple):
    """A template slot, `?principal` or `?resource`."""

    name: SlotName
    start: int
    end: int


class Boolean(NamedTuple):
    """`true` or `false`."""

    value: bool
    start: int
    end: int


class Long(NamedTuple):
    """A 64-bit integer literal, sign folded in."""

    value: int
    start: int
    end: int


class String(NamedTuple):
    """A string literal, escapes resolved."""

    value: str
    start: int
    end: int


class Entity(NamedTuple):
    """An entity literal, `Type::"id"`; `type` is the full path as written."""

    type: str
    id: str
    start: int
    end: int


class Not(NamedTuple):
    """`!operand`."""

    operand: "Expression"
    start: int
    end: int


class Negate(NamedTuple):
    """`-operand`, where the operand is no literal."""

    operand: "Expression"
    start: int
    end: int


class Binary(NamedTuple):
    """`left operator right`."""

    operator: BinaryOperator
    left: "Expression"
    right: "Expression"
    start: int
    end: int


class Attribute(NamedTuple):
    """`base.name` or `base["name"]`."""

    base: "Expression"
    name: str
    start: int
    end: int


class Has(NamedTuple):
    """`base has a.b.c`; `path` has at least one name."""

    base: "Expression"
    path: tuple[str, ...]
    start: int
    end: int


class Like(NamedTuple):
    """`base like "pattern"`; a wildcard is `None`, literal runs are strings (never empty, never adjacent)."""

    base: "Expression"
    pattern: tuple[str | None, ...]
    start: int
    end: int


class Is(NamedTuple):
    """`base is Type` or `base is Type in ancestor`."""

    base: "Expression"
    type: str
    ancestor: "Expression | None"
    start: int
    end: int


class If(NamedTuple):
    """`if condition then consequence else alternative`."""

    condition: "Expression"
    consequence: "Expression"
    alternative: "Expression"
    start: int
    end: int


class Set(NamedTuple):
    """`[a, b]`."""

    elements: tuple["Expression", ...]
    start: int
    end: int


class Record(NamedTuple):
    """`{a: 1, "b c": 2}`, fields in source order."""

    fields: tuple[tuple[str, "Expression"], ...]
    start: int
    end: int


class Call(NamedTuple):
    """An extension function, `ip("10.0.0.0/8")`."""

    function: str
    arguments: tuple["Expression", ...]
    start: int
    end: int


class Method(NamedTuple):
    """A method, `receiver.contains(x)`."""

    receiver: "Expression"
    name: str
    arguments: tuple["Expression", ...]
    start: int
    end: int


Expression: TypeAlias = (
    Variable | Slot | Boolean | Long | String | Entity | Not | Negate | Binary | Attribute | Has | Like | Is | If | Set
    | Record | Call | Method
)  # fmt: skip


class ScopeAny(NamedTuple):
    """`principal`, `action` or `resource` alone."""

    variable: VariableName
    start: int
    end: int


class ScopeEqual(NamedTuple):
    """`principal == target`."""

    variable: VariableName
    target: Entity | Slot
    start: int
    end: int


class ScopeIn(NamedTuple):
    """`principal in target`."""

    variable: VariableName
    target: Entity | Slot
    start: int
    end: int


class ScopeInSet(NamedTuple):
    """`action in [a, b]`."""

    variable: VariableName
    targets: tuple[Entity, ...]
    start: int
    end: int


class ScopeIs(NamedTuple):
    """`principal is Type`, optionally `in target`."""

    variable: VariableName
    type: str
    target: Entity | Slot | None
    start: int
    end: int


Scope: TypeAlias = ScopeAny | ScopeEqual | ScopeIn | ScopeInSet | ScopeIs


class Annotation(NamedTuple):
    """`@name("value")`; a bare `@name` has the value `""`."""

    name: str
    value: str
    start: int
    end: int


class Clause(NamedTuple):
    """`when { body }` or `unless { body }`; the range covers the keyword and both braces."""

    kind: Literal["when", "unless"]
    body: Expression
    start: int
    end: int


class Statement(NamedTuple):
    """One policy or template. The range runs from the first annotation to the semicolon; `head` is the range of the effect word."""

    effect: Literal["permit", "forbid"]
    annotations: tuple[Annotation, ...]
    principal: Scope
    action: Scope
    resource: Scope
    clauses: tuple[Clause, ...]
    head: tuple[int, int]
    start: int
    end: int

    @property
    def scopes(self) -> tuple[Scope, Scope, Scope]:
        """The three scope parts in the order of the source."""
        return (self.principal, self.action, self.resource)

    @property
    def is_template(self) -> bool:
        """Whether a slot is left to be linked."""
        return any(isinstance(getattr(scope, "target", None), Slot) for scope in self.scopes)


def children(node: Expression) -> tuple[Expression, ...]:
    """The direct sub-expressions of `node`, in the order of the source."""
    match node:
        case Variable() | Slot() | Boolean() | Long() | String() | Entity():
            return ()
        case Not(operand) | Negate(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Attribute(base) | Has(base) | Like(base):
            return (base,)
        case Is(base, _, ancestor):
            return (base,) if ancestor is None else (base, ancestor)
        case If(condition, consequence, alternative):
            return (condition, consequence, alternative)
        case Set(elements):
            return elements
        case Record(fields):
            return tuple(value for _, value in fields)
        case Call(_, arguments):
            return arguments
        case Method(receiver, _, arguments):
            return (receiver, *arguments)
