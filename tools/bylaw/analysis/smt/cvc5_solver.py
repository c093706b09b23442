"""The port on cvc5, by the base interface of its Python package."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import cvc5
from cvc5 import Kind as Op5

from bylaw.analysis.smt.port import Check, Constant, Limits, Satisfiability
from bylaw.analysis.smt.sorts import BOOL, Kind, Sort, choice_width
from bylaw.analysis.smt.terms import Function, Op, Term, reachable

Node = Any
"""A term of the library, which has no types."""
STEPS_OF_A_UNIT: Final = 10
"""The library counts coarser steps."""
_OPTIONS = {"incremental": "true", "produce-models": "true", "produce-unsat-assumptions": "true"}


class Cvc5Solver:
    """An incremental solver with terms of its own."""

    name = "cvc5"

    def __init__(self) -> None:
        self._terms = cvc5.TermManager()
        self._solver = cvc5.Solver(self._terms)
        for option, value in _OPTIONS.items():
            self._solver.setOption(option, value)
        self._solver.setLogic("QF_UFBV")
        self._is_started = False
        self._pending: list[Node] = []
        self._lowered: dict[Term, Node] = {}
        self._sorts: dict[Sort, Node] = {}
        self._functions: dict[object, Node] = {}
        self._literals: dict[Sort, list[Node]] = {}
        self._assumed: dict[Node, Term] = {}

    def require(self, terms: Iterable[Term]) -> None:
        """Add what has to hold from now on."""
        self._pending += self._lower(list(terms))

    def check(self, assumptions: Sequence[Term], limits: Limits) -> Check:
        """Whether all that is required can hold together with `assumptions`."""
        nodes = self._lower(list(assumptions))
        self._assumed = dict(zip(nodes, assumptions, strict=True))
        self._start(limits)
        try:
            result = self._solver.checkSatAssuming(*nodes) if nodes else self._solver.checkSat()
        except RuntimeError as error:
            return Check(Satisfiability.UNKNOWN, str(error))
        if result.isSat():
            return Check(Satisfiability.SAT)
        if result.isUnsat():
            return Check(Satisfiability.UNSAT)
        return Check(Satisfiability.UNKNOWN, f"cvc5: {result.getUnknownExplanation().name.lower()}")

    def values(self, terms: Sequence[Term]) -> list[Constant]:
        """The values of terms in the model of the last check."""
        nodes = self._lower(list(terms))
        return [self._constant(term.sort, self._solver.getValue(node)) for term, node in zip(terms, nodes, strict=True)]

    def core(self) -> frozenset[Term]:
        """Assumptions of the last check that cannot hold together."""
        return frozenset(self._assumed[node] for node in self._solver.getUnsatAssumptions())

    def _start(self, limits: Limits) -> None:
        """Set limits and hand over what waits. Steps can be limited only before the first formula."""
        if not self._is_started:
            self._solver.setOption("rlimit-per", str(max(1, limits.steps // STEPS_OF_A_UNIT)))
            self._is_started = True
        self._solver.setOption("tlimit-per", str(limits.milliseconds))
        for node in self._pending:
            self._solver.assertFormula(node)
        self._pending.clear()

    def _constant(self, sort: Sort, node: Node) -> Constant:
        match sort.kind:
            case Kind.BOOL:
                return bool(node.getBooleanValue())
            case Kind.OPAQUE:
                return f"{sort.name}#{node}"
            case Kind.CHOICE:
                return int(node.getBitVectorValue(10))
            case Kind.BITS:
                value = int(node.getBitVectorValue(10))
                signed = sort.width == 64 and value >= 2**63
                return value - 2**64 if signed else value

    def _lower(self, roots: list[Term]) -> list[Node]:
        """The nodes of terms; literals that are new are made different from all others of their sort, with the next check."""
        fresh: set[Sort] = set()
        for term in reachable([root for root in roots if root not in self._lowered]):
            if term not in self._lowered:
                self._lowered[term] = self._node(term, fresh)
        for sort in fresh:
            nodes = self._literals[sort]
            if len(nodes) > 1:
                self._pending.append(self._terms.mkTerm(Op5.DISTINCT, *nodes))
        return [self._lowered[root] for root in roots]

    def _node(self, term: Term, fresh: set[Sort]) -> Node:
        if term.op == "const":
            return self._literal(term, fresh)
        args = [self._lowered[arg] for arg in term.args]
        if isinstance(term.data, Function):
            return self._apply(term.data.name, term.data.parameters, term.data.result, args)
        if term.op == "like":
            return self._apply(("like", term.data), (term.args[0].sort,), BOOL, args)
        if term.op == "overflows":
            return self._terms.mkTerm(_OVERFLOW[str(term.data)], *args)
        kind = _KINDS.get(term.op)
        if kind is not None:
            return self._terms.mkTerm(kind, *args) if len(args) > 1 or term.op in _UNARY else args[0]
        # What sets and their atoms mean is told by axioms; to the solver each is a value of its own.
        return self._apply(f"{term.op} {term.id}", (), term.sort, [])

    def _literal(self, term: Term, fresh: set[Sort]) -> Node:
        match term.sort.kind:
            case Kind.BOOL:
                return self._terms.mkBoolean(bool(term.data))
            case Kind.OPAQUE:
                fresh.add(term.sort)
                node = self._terms.mkConst(self._sort(term.sort), f"literal {len(self._literals)} {term.id}")
                self._literals.setdefault(term.sort, []).append(node)
                return node
            case _:
                number = int(str(term.data))
                width = self._width(term.sort)
                return self._terms.mkBitVector(width, str(number % 2**width), 10)

    def _apply(self, name: object, parameters: tuple[Sort, ...], result: Sort, args: list[Node]) -> Node:
        found = self._functions.get(name)
        if found is None:
            sort = self._sort(result)
            if parameters:
                sort = self._terms.mkFunctionSort([self._sort(parameter) for parameter in parameters], sort)
            found = self._functions[name] = self._terms.mkConst(sort, f"function {len(self._functions)}")
        return self._terms.mkTerm(Op5.APPLY_UF, found, *args) if args else found

    def _width(self, sort: Sort) -> int:
        return sort.width if sort.kind is Kind.BITS else choice_width(sort)

    def _sort(self, sort: Sort) -> Node:
        found = self._sorts.get(sort)
        if found is None:
            make: Mapping[Kind, Callable[[], Node]] = {
                Kind.BOOL: self._terms.getBooleanSort,
                Kind.BITS: lambda: self._terms.mkBitVectorSort(sort.width),
                Kind.CHOICE: lambda: self._terms.mkBitVectorSort(choice_width(sort)),
                Kind.OPAQUE: lambda: self._terms.mkUninterpretedSort(f"sort {len(self._sorts)}"),
            }
            found = self._sorts[sort] = make[sort.kind]()
        return found


_UNARY: Final = frozenset({"not", "neg", "bit-not"})
_KINDS: Mapping[Op, Node] = {
    "not": Op5.NOT,
    "and": Op5.AND,
    "or": Op5.OR,
    "ite": Op5.ITE,
    "eq": Op5.EQUAL,
    "add": Op5.BITVECTOR_ADD,
    "sub": Op5.BITVECTOR_SUB,
    "mul": Op5.BITVECTOR_MULT,
    "neg": Op5.BITVECTOR_NEG,
    "quotient": Op5.BITVECTOR_SDIV,
    "remainder": Op5.BITVECTOR_SREM,
    "less": Op5.BITVECTOR_SLT,
    "below": Op5.BITVECTOR_ULT,
    "bit-and": Op5.BITVECTOR_AND,
    "bit-or": Op5.BITVECTOR_OR,
    "bit-not": Op5.BITVECTOR_NOT,
    "shift-right": Op5.BITVECTOR_LSHR,
}
_OVERFLOW: Mapping[str, Node] = {
    "add": Op5.BITVECTOR_SADDO,
    "sub": Op5.BITVECTOR_SSUBO,
    "mul": Op5.BITVECTOR_SMULO,
}
