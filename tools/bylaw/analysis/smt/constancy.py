"""Conditions that never vary: each clause, operand and guard with what is known where it is evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bylaw.analysis.proven import ConstantPart
from bylaw.analysis.smt.compiler import Compiler
from bylaw.analysis.smt.terms import Term, Terms
from bylaw.languages.cedar import ast
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.walk import nodes_of


class Part(NamedTuple):
    """A condition, or a part of one, that could be replaced by a constant."""

    node: ast.Expression
    kind: str
    """As in `ConstantPart`: where it stands."""

    @property
    def place(self) -> tuple[int, int]:
        """Its range; no two parts of a statement have the same."""
        return (self.node.start, self.node.end)


class Evaluated(NamedTuple):
    """A part in one environment: when it is evaluated, and to what."""

    part: Part
    holds: Term
    """Evaluated, and true."""
    fails: Term
    """Evaluated, and false."""
    errs: Term
    """Evaluated, and an error."""


def evaluated(statement: ast.Statement, scope: Term, compiler: Compiler, terms: Terms) -> list[Evaluated]:
    """The parts of a statement that `compiler` has compiled before, in the order of evaluation."""
    walk = _Walk(compiler, terms)
    reach = scope
    for clause in statement.clauses:
        reach = walk.condition(clause.body, reach, "clause", wanted=clause.kind == "when")
    return walk.found


class _Walk:
    """Goes where evaluation goes: behind a constant that keeps an operand from being evaluated nothing has terms."""

    def __init__(self, compiler: Compiler, terms: Terms) -> None:
        self.found: list[Evaluated] = []
        self._compiler = compiler
        self._terms = terms

    def condition(self, node: ast.Expression, reach: Term, kind: str, *, wanted: bool) -> Term:
        """Note a boolean and what is in it; the condition under which evaluation goes on where it is `wanted`."""
        if reach is self._terms.false:
            return reach
        part = self._note(node, reach, kind)
        self._inside(node, reach)
        return part.holds if wanted else part.fails

    def _note(self, node: ast.Expression, reach: Term, kind: str) -> Evaluated:
        terms = self._terms
        truth, ok = self._compiler.condition(node)
        part = Evaluated(
            Part(node, kind),
            terms.and_((reach, ok, truth)),
            terms.and_((reach, ok, terms.not_(truth))),
            terms.and_((reach, terms.not_(ok))),
        )
        if not isinstance(node, ast.Boolean):
            self.found.append(part)
        return part

    def _inside(self, node: ast.Expression, reach: Term) -> None:
        match node:
            case ast.Binary("&&" | "||" as operator):
                for operand in _chain(node):
                    reach = self.condition(operand, reach, "operand", wanted=operator == "&&")
            case ast.If(condition, consequence, alternative):
                part = self._note_condition(condition, reach)
                self._value(consequence, part.holds)
                self._value(alternative, part.fails)
            case ast.Is(base):
                self._value(base, reach)
            case _:
                for child in ast.children(node):
                    if _has_parts(child):
                        self._value(child, reach)
                        reach = self._terms.and_((reach, self._compiler.expression(child).ok))

    def _note_condition(self, condition: ast.Expression, reach: Term) -> Evaluated:
        part = self._note(condition, reach, "branch")
        self._inside(condition, reach)
        return part

    def _value(self, node: ast.Expression, reach: Term) -> None:
        """A node that decides nothing by itself; a guard may stand there all the same."""
        if reach is not self._terms.false and _has_parts(node):
            if _is_guard(node):
                self._note(node, reach, "guard")
            self._inside(node, reach)


def _chain(node: ast.Binary) -> list[ast.Expression]:
    """The operands of a chain of one operator, as it associates."""
    operands: list[ast.Expression] = [node.right]
    left = node.left
    while isinstance(left, ast.Binary) and left.operator == node.operator:
        operands.append(left.right)
        left = left.left
    return [left, *reversed(operands)]


def _is_guard(node: ast.Expression) -> bool:
    return isinstance(node, ast.Has) or (isinstance(node, ast.Method) and node.name == "hasTag")


def _has_parts(node: ast.Expression) -> bool:
    return any(
        isinstance(inner, ast.If)
        or _is_guard(inner)
        or (isinstance(inner, ast.Binary) and inner.operator in {"&&", "||"})
        for inner in nodes_of(node)
    )


@dataclass
class _Known:
    part: Part
    value: bool | None = None
    """Where it was evaluated so far; none if it was nowhere."""
    varies: bool = False


class Parts:
    """What was found of the parts of one policy, environment by environment."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], _Known] = {}

    def is_open(self, part: Part) -> bool:
        """Whether `part` may still be constant."""
        return not self._known.setdefault(part.place, _Known(part)).varies

    def note(self, part: Part, value: bool | None) -> None:  # noqa: FBT001 - the value itself
        """In one environment where it is evaluated, `part` always has this value; none if it varies or that is not known."""
        known = self._known.setdefault(part.place, _Known(part))
        known.varies = known.varies or value is None or known.value is (not value)
        known.value = value

    def constant(self, policy: CedarPolicy) -> tuple[ConstantPart, ...]:
        """The parts that have one value wherever they are evaluated, none of them inside another."""
        return tuple(
            ConstantPart(policy.span(*known.part.place), expression_text(known.part.node), value, kind)
            for known, value, kind in self._outermost()
        )

    def _outermost(self) -> Iterator[tuple[_Known, bool, str]]:
        end = 0
        for place, known in sorted(self._known.items(), key=lambda item: (item[0][0], -item[0][1])):
            if known.value is None or known.varies or place[0] < end:
                continue
            kind = "guard" if known.value and _is_guard(known.part.node) else known.part.kind
            if kind == "guard" and not known.value:
                continue
            end = place[1]
            yield known, known.value, kind
