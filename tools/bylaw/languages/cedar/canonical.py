"""Canonical Cedar text, printed from the tree: one spelling for each meaning-preserving choice of the author.

Comments, blanks, redundant parentheses and escapes are gone; annotations and record keys are sorted; `x["a"]` is `x.a` where it can
be; `action in [one]` is `action in one`. Order of clauses and operands is kept: it decides which errors are reached. Printing,
parsing and printing again gives the same text.
"""

from collections.abc import Callable, Mapping
from typing import Any

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
    ScopeAny,
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
from bylaw.languages.cedar.escapes import quote, quote_pattern
from bylaw.languages.cedar.expressions import RESERVED
from bylaw.model.digests import Digest, digest_text

_IF, _OR, _AND, _RELATION, _SUM, _PRODUCT, _UNARY, _MEMBER = range(8)
_LEVELS = {"||": _OR, "&&": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT}


def canonical_text(statement: Statement) -> str:
    """The canonical text of a policy or template, on one line per part, with a newline at the end."""
    annotations = sorted(statement.annotations)
    scopes = ", ".join(scope_text(scope) for scope in statement.scopes)
    parts = [f"@{item.name}({quote(item.value)})" for item in annotations]
    parts.append(f"{statement.effect} ({scopes})")
    parts.extend(f"{clause.kind} {{ {expression_text(clause.body)} }}" for clause in statement.clauses)
    return "\n".join(parts) + ";\n"


def digest_statement(statement: Statement) -> Digest:
    """The digest of the canonical text."""
    return digest_text(canonical_text(statement))


def scope_text(scope: Scope) -> str:
    """One part of the scope."""
    match scope:
        case ScopeAny(variable):
            return variable
        case ScopeEqual(variable, target):
            return f"{variable} == {expression_text(target)}"
        case ScopeIn(variable, target):
            return f"{variable} in {expression_text(target)}"
        case ScopeInSet(variable, (target,)):
            return f"{variable} in {expression_text(target)}"
        case ScopeInSet(variable, targets):
            return f"{variable} in [{', '.join(expression_text(target) for target in targets)}]"
        case ScopeIs(variable, type_, target):
            return f"{variable} is {type_}" + ("" if target is None else f" in {expression_text(target)}")


def expression_text(node: Expression) -> str:
    """An expression with no more parentheses than its meaning needs."""
    return _print(node, _IF)


def _print(node: Expression, least: int) -> str:
    """`node`, in parentheses if it binds weaker than `least`."""
    level, text = _PRINTERS[type(node)](node)
    return text if level >= least else f"({text})"


def _binary(node: Binary) -> tuple[int, str]:
    operator = node.operator
    level = _LEVELS.get(operator, _RELATION)
    # Relations do not associate: both operands bind tighter. The others are left-nested.
    left = _print(node.left, level + 1 if level == _RELATION else level)
    return level, f"{left} {operator} {_print(node.right, level + 1)}"


def _access(base: Expression, name: str) -> str:
    text = _print(base, _MEMBER)
    return f"{text}.{name}" if _plain(name) else f"{text}[{quote(name)}]"


def _plain(name: str) -> bool:
    return name.isascii() and name.isidentifier() and name not in RESERVED


def _has(node: Has) -> tuple[int, str]:
    names = node.path if all(map(_plain, node.path)) else (quote(node.path[0]),)
    return _RELATION, f"{_print(node.base, _SUM)} has {'.'.join(names)}"


def _is(node: Is) -> tuple[int, str]:
    text = f"{_print(node.base, _SUM)} is {node.type}"
    return _RELATION, text if node.ancestor is None else f"{text} in {_print(node.ancestor, _SUM)}"


def _if(node: If) -> tuple[int, str]:
    parts = (_print(part, _IF) for part in (node.condition, node.consequence, node.alternative))
    condition, consequence, alternative = parts
    return _IF, f"if {condition} then {consequence} else {alternative}"


def _record(node: Record) -> tuple[int, str]:
    fields = (f"{name if _plain(name) else quote(name)}: {_print(value, _IF)}" for name, value in sorted(node.fields))
    return _MEMBER, f"{{{', '.join(fields)}}}"


def _list(nodes: tuple[Expression, ...]) -> str:
    return ", ".join(_print(node, _IF) for node in nodes)


def _not(node: Not) -> tuple[int, str]:
    text = _print(node.operand, _UNARY if isinstance(node.operand, Not) else _MEMBER)
    return _UNARY, _signed("!", text)


def _negate(node: Negate) -> tuple[int, str]:
    # `-(5)` is not `-5`, and `--0` is not `-0`: the sign next to a number belongs to the number.
    text = _print(node.operand, _UNARY if isinstance(node.operand, Negate | Long) else _MEMBER)
    if isinstance(node.operand, Long) and node.operand.value >= 0:
        text = f"({text})" if node.operand.value else "-0"
    return _UNARY, _signed("-", text)


def _signed(sign: str, text: str) -> str:
    # The grammar knows no more than four signs in a row.
    return f"{sign}({text})" if text.startswith(4 * sign) else f"{sign}{text}"


# One function a node type, found by type: the nodes are a closed sum, and this is the hottest printer of the tool.
_PRINTERS: Mapping[type[Any], Callable[[Any], tuple[int, str]]] = {
    Binary: _binary,
    Variable: lambda node: (_MEMBER, node.name),
    Slot: lambda node: (_MEMBER, f"?{node.name}"),
    Boolean: lambda node: (_MEMBER, "true" if node.value else "false"),
    Long: lambda node: (_MEMBER if node.value >= 0 else _UNARY, str(node.value)),
    String: lambda node: (_MEMBER, quote(node.value)),
    Entity: lambda node: (_MEMBER, f"{node.type}::{quote(node.id)}"),
    Not: _not,
    Negate: _negate,
    Attribute: lambda node: (_MEMBER, _access(node.base, node.name)),
    Has: _has,
    Like: lambda node: (_RELATION, f"{_print(node.base, _SUM)} like {quote_pattern(node.pattern)}"),
    Is: _is,
    If: _if,
    Set: lambda node: (_MEMBER, f"[{_list(node.elements)}]"),
    Record: _record,
    Call: lambda node: (_MEMBER, f"{node.function}({_list(node.arguments)})"),
    Method: lambda node: (_MEMBER, f"{_print(node.receiver, _MEMBER)}.{node.name}({_list(node.arguments)})"),
}
