"""Policies to terms: in one request environment, whether a policy is satisfied and whether it is free of errors."""

from collections.abc import Iterable
from typing import NamedTuple

from bylaw.analysis.smt.compiler import Compiler
from bylaw.analysis.smt.frame import Frame, NotAnalysableError
from bylaw.analysis.smt.terms import Term
from bylaw.languages.cedar import ast
from bylaw.model.identifiers import EntityUid, PolicyId


class Compiled(NamedTuple):
    """One policy in one environment. The engine skips a policy that errors: it is satisfied where both `value` and `ok` hold."""

    policy: PolicyId
    effect: str
    value: Term
    """Scope and all clauses."""
    ok: Term
    """No error on the way to the first false clause."""
    satisfied: Term


class PolicySet(NamedTuple):
    """The policies of a set that can be satisfied in one environment."""

    permits: tuple[Compiled, ...]
    forbids: tuple[Compiled, ...]


class PolicyCompiler:
    """Compiles policies in one frame."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._compiler = Compiler(frame)

    def compile(self, policy: PolicyId, statement: ast.Statement) -> Compiled:
        """The terms of one statement.

        Raises:
            NotAnalysableError: the statement has no terms, as a template has none.
        """
        terms = self._frame.terms
        value, ok = self.scope(statement), terms.true
        for clause in statement.clauses:
            if value is terms.false:
                break
            truth, clause_ok = self._compiler.condition(clause.body)
            ok = terms.and_((ok, terms.implies(value, clause_ok)))
            value = terms.and_((value, truth if clause.kind == "when" else terms.not_(truth)))
        return Compiled(policy, statement.effect, value, ok, terms.and_((value, ok)))

    def scope(self, statement: ast.Statement) -> Term:
        """Whether the scope holds. It cannot error."""
        return self._frame.terms.and_(self._part(scope) for scope in statement.scopes)

    def _part(self, scope: ast.Scope) -> Term:
        frame = self._frame
        entity: Term = getattr(frame, scope.variable)
        match scope:
            case ast.ScopeAny():
                return frame.terms.true
            case ast.ScopeEqual(_, target):
                return frame.sets.equal(entity, self._target(target))
            case ast.ScopeIn(_, target):
                return frame.is_in(entity, self._target(target))
            case ast.ScopeInSet(_, targets):
                return frame.terms.or_(frame.is_in(entity, self._target(target)) for target in targets)
            case ast.ScopeIs(_, type_name, target):
                if frame.symbols.type_name(entity) != type_name:
                    return frame.terms.false
                return frame.terms.true if target is None else frame.is_in(entity, self._target(target))

    def _target(self, target: ast.Entity | ast.Slot) -> Term:
        if isinstance(target, ast.Slot):
            message = f"the slot `?{target.name}` is not filled"
            raise NotAnalysableError(message)
        return self._frame.literal(EntityUid(target.type, target.id))


def policy_set(compiled: Iterable[Compiled], frame: Frame) -> PolicySet:
    """Policies by effect; those that are never satisfied left out."""
    live = [policy for policy in compiled if policy.satisfied is not frame.terms.false]
    return PolicySet(
        tuple(policy for policy in live if policy.effect == "permit"),
        tuple(policy for policy in live if policy.effect == "forbid"),
    )
