"""The port on Z3, by its C interface: the object layer of its Python package takes four times as long to build a term.

A context without reference counts keeps every node until it is deleted with the solver that owns it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from z3 import z3core as z3
from z3.z3consts import Z3_L_FALSE, Z3_L_TRUE
from z3.z3types import Ast

from bylaw.analysis.smt.port import Check, Constant, Limits, Satisfiability
from bylaw.analysis.smt.sorts import BOOL, Kind, Sort, choice_width
from bylaw.analysis.smt.terms import Function, Op, Term, reachable

Node = Any
"""A handle of the library, which has no types."""

_SIGNED: Final = 1


class Z3Solver:
    """An incremental solver with a context of its own."""

    name = "z3"

    def __init__(self) -> None:
        config = z3.Z3_mk_config()
        self._context = z3.Z3_mk_context(config)
        z3.Z3_del_config(config)
        z3.Z3_set_error_handler(self._context, _IGNORE)
        self._solver = z3.Z3_mk_simple_solver(self._context)
        z3.Z3_solver_inc_ref(self._context, self._solver)
        self._is_sat = False
        self._model: Node = None
        self._lowered: dict[Term, Node] = {}
        self._sorts: dict[Sort, Node] = {}
        self._functions: dict[object, Node] = {}
        self._literals: dict[Sort, list[Node]] = {}
        self._assumed: dict[int, Term] = {}
        self._proxies: dict[Term, Node] = {}

    def close(self) -> None:
        """Give the memory back."""
        if self._context is not None:
            self._forget_model()
            z3.Z3_solver_dec_ref(self._context, self._solver)
            z3.Z3_del_context(self._context)
            self._context = None
            self._lowered.clear()

    def __del__(self) -> None:
        self.close()

    def require(self, terms: Iterable[Term]) -> None:
        """Add what has to hold from now on."""
        for node in self._lower(list(terms)):
            z3.Z3_solver_assert(self._context, self._solver, node)

    def check(self, assumptions: Sequence[Term], limits: Limits) -> Check:
        """Whether all that is required can hold together with `assumptions`."""
        lowered = self._lower(list(assumptions))
        nodes = [self._assumable(term, node) for term, node in zip(assumptions, lowered, strict=True)]
        self._assumed = {
            z3.Z3_get_ast_id(self._context, node): term for node, term in zip(nodes, assumptions, strict=True)
        }
        self._set_limits(limits)
        answer = z3.Z3_solver_check_assumptions(self._context, self._solver, len(nodes), _array(nodes))
        self._forget_model()
        self._is_sat = answer == Z3_L_TRUE
        if self._is_sat:
            return Check(Satisfiability.SAT)
        if answer == Z3_L_FALSE:
            return Check(Satisfiability.UNSAT)
        reason = z3.Z3_solver_get_reason_unknown(self._context, self._solver)
        return Check(Satisfiability.UNKNOWN, reason)

    def values(self, terms: Sequence[Term]) -> list[Constant]:
        """The values of terms in the model of the last check."""
        if not self._is_sat:
            raise RuntimeError("the last check has no model")
        if self._model is None:
            # Only now: many answers are enough without.
            self._model = z3.Z3_solver_get_model(self._context, self._solver)
            z3.Z3_model_inc_ref(self._context, self._model)
        slot = (Ast * 1)()
        found: list[Constant] = []
        for term, node in zip(terms, self._lower(list(terms)), strict=True):
            z3.Z3_model_eval(self._context, self._model, node, True, slot)
            found.append(self._constant(term.sort, slot[0]))
        return found

    def core(self) -> frozenset[Term]:
        """Assumptions of the last check that cannot hold together."""
        vector = z3.Z3_solver_get_unsat_core(self._context, self._solver)
        z3.Z3_ast_vector_inc_ref(self._context, vector)
        size = z3.Z3_ast_vector_size(self._context, vector)
        nodes = [z3.Z3_ast_vector_get(self._context, vector, index) for index in range(size)]
        found = frozenset(self._assumed[z3.Z3_get_ast_id(self._context, node)] for node in nodes)
        z3.Z3_ast_vector_dec_ref(self._context, vector)
        return found

    def _assumable(self, term: Term, node: Node) -> Node:
        """A literal, as the library wants assumptions: the node itself, or a name that implies it."""
        if _is_literal(term):
            return node
        found = self._proxies.get(term)
        if found is None:
            found = self._proxies[term] = z3.Z3_mk_fresh_const(self._context, "assumed", self._sort(BOOL))
            z3.Z3_solver_assert(self._context, self._solver, z3.Z3_mk_implies(self._context, found, node))
        return found

    def _set_limits(self, limits: Limits) -> None:
        params = z3.Z3_mk_params(self._context)
        z3.Z3_params_inc_ref(self._context, params)
        z3.Z3_params_set_uint(self._context, params, self._symbol("rlimit"), limits.steps)
        z3.Z3_params_set_uint(self._context, params, self._symbol("timeout"), limits.milliseconds)
        z3.Z3_solver_set_params(self._context, self._solver, params)
        z3.Z3_params_dec_ref(self._context, params)

    def _forget_model(self) -> None:
        if self._model is not None:
            z3.Z3_model_dec_ref(self._context, self._model)
            self._model = None

    def _constant(self, sort: Sort, node: Node) -> Constant:
        match sort.kind:
            case Kind.BOOL:
                return bool(z3.Z3_get_bool_value(self._context, node) == Z3_L_TRUE)
            case Kind.OPAQUE:
                return f"{sort.name}#{z3.Z3_get_ast_id(self._context, node)}"
            case Kind.CHOICE:
                return int(z3.Z3_get_numeral_string(self._context, node))
            case Kind.BITS:
                value = int(z3.Z3_get_numeral_string(self._context, node))
                signed = sort.width == 64 and value >= 2**63
                return value - 2**64 if signed else value

    def _lower(self, roots: list[Term]) -> list[Node]:
        """The nodes of terms; literals that are new are made different from all others of their sort."""
        fresh: set[Sort] = set()
        for term in reachable([root for root in roots if root not in self._lowered]):
            if term not in self._lowered:
                self._lowered[term] = self._node(term, fresh)
        for sort in fresh:
            nodes = self._literals[sort]
            if len(nodes) > 1:
                distinct = z3.Z3_mk_distinct(self._context, len(nodes), _array(nodes))
                z3.Z3_solver_assert(self._context, self._solver, distinct)
        return [self._lowered[root] for root in roots]

    def _node(self, term: Term, fresh: set[Sort]) -> Node:
        if term.op == "const":
            return self._literal(term, fresh)
        args = [self._lowered[arg] for arg in term.args]
        if isinstance(term.data, Function):
            return self._apply(term.data, args)
        if term.op == "like":
            name = ("like", term.data)
            return z3.Z3_mk_app(self._context, self._declare(name, (term.args[0].sort,), BOOL), 1, _array(args))
        if term.op == "overflows":
            return self._overflows(str(term.data), args)
        build = _BUILD.get(term.op)
        if build is not None:
            return build(self._context, *args)
        several = _SEVERAL.get(term.op)
        if several is not None:
            return several(self._context, len(args), _array(args))
        # What sets and their atoms mean is told by axioms; to the solver each is a value of its own.
        return self._apply(Function(f"{term.op} {term.id}", (), term.sort), [])

    def _literal(self, term: Term, fresh: set[Sort]) -> Node:
        match term.sort.kind:
            case Kind.BOOL:
                return z3.Z3_mk_true(self._context) if term.data else z3.Z3_mk_false(self._context)
            case Kind.OPAQUE:
                fresh.add(term.sort)
                node = z3.Z3_mk_const(self._context, self._symbol(f"literal {term.data!r}"), self._sort(term.sort))
                self._literals.setdefault(term.sort, []).append(node)
                return node
            case _:
                return z3.Z3_mk_numeral(self._context, str(term.data), self._sort(term.sort))

    def _apply(self, function: Function, args: list[Node]) -> Node:
        declared = self._declare(function.name, function.parameters, function.result)
        return z3.Z3_mk_app(self._context, declared, len(args), _array(args))

    def _declare(self, name: object, parameters: tuple[Sort, ...], result: Sort) -> Node:
        found = self._functions.get(name)
        if found is None:
            sorts = _array([self._sort(sort) for sort in parameters], z3.Sort)
            found = self._functions[name] = z3.Z3_mk_func_decl(
                self._context, self._symbol(f"function {name!r}"), len(parameters), sorts, self._sort(result)
            )
        return found

    def _overflows(self, operator: str, args: list[Node]) -> Node:
        over, under = _OVERFLOW[operator]
        if operator == "sub":
            fits = [over(self._context, *args), under(self._context, *args, True)]
        else:
            fits = [over(self._context, *args, True), under(self._context, *args)]
        return z3.Z3_mk_not(self._context, z3.Z3_mk_and(self._context, 2, _array(fits)))

    def _sort(self, sort: Sort) -> Node:
        found = self._sorts.get(sort)
        if found is None:
            match sort.kind:
                case Kind.BOOL:
                    found = z3.Z3_mk_bool_sort(self._context)
                case Kind.BITS:
                    found = z3.Z3_mk_bv_sort(self._context, sort.width)
                case Kind.CHOICE:
                    found = z3.Z3_mk_bv_sort(self._context, choice_width(sort))
                case Kind.OPAQUE:
                    found = z3.Z3_mk_uninterpreted_sort(self._context, self._symbol(f"sort {sort.name}"))
            self._sorts[sort] = found
        return found

    def _symbol(self, name: str) -> Node:
        return z3.Z3_mk_string_symbol(self._context, name)


def _is_literal(term: Term) -> bool:
    atom = term.args[0] if term.op == "not" else term
    return atom.op == "app" and not atom.args


def _array(nodes: Sequence[Node], kind: Any = Ast) -> Node:  # noqa: ANN401 - a type of the library
    return (kind * len(nodes))(*nodes)


_IGNORE = z3._error_handler_type(lambda _context, _code: None)  # noqa: SLF001 - the only name it has; errors are raised by each call
_BUILD: dict[Op, Callable[..., Node]] = {
    "not": z3.Z3_mk_not,
    "ite": z3.Z3_mk_ite,
    "eq": z3.Z3_mk_eq,
    "add": z3.Z3_mk_bvadd,
    "sub": z3.Z3_mk_bvsub,
    "mul": z3.Z3_mk_bvmul,
    "neg": z3.Z3_mk_bvneg,
    "quotient": z3.Z3_mk_bvsdiv,
    "remainder": z3.Z3_mk_bvsrem,
    "less": z3.Z3_mk_bvslt,
    "below": z3.Z3_mk_bvult,
    "bit-and": z3.Z3_mk_bvand,
    "bit-or": z3.Z3_mk_bvor,
    "bit-not": z3.Z3_mk_bvnot,
    "shift-right": z3.Z3_mk_bvlshr,
}
_SEVERAL: dict[Op, Callable[..., Node]] = {"and": z3.Z3_mk_and, "or": z3.Z3_mk_or}
_OVERFLOW: dict[str, tuple[Callable[..., Node], Callable[..., Node]]] = {
    "add": (z3.Z3_mk_bvadd_no_overflow, z3.Z3_mk_bvadd_no_underflow),
    "sub": (z3.Z3_mk_bvsub_no_overflow, z3.Z3_mk_bvsub_no_underflow),
    "mul": (z3.Z3_mk_bvmul_no_overflow, z3.Z3_mk_bvmul_no_underflow),
}
