"""The port on cvc5.

cvc5 fixes its step limit when it first works, and what it says after an interrupted check is not always right (its issue 12246). So
an engine serves one step limit and is given up after `unknown`; the next one is told everything again. Terms outlive engines.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import cvc5

from bylaw.analysis.smt.port import Check, Constant, Limits, Satisfiability
from bylaw.analysis.smt.sorts import BOOL, Kind, Sort, choice_width
from bylaw.analysis.smt.terms import Function, Op, Term, reachable

Node = Any
"""A handle of the library, which has no types."""

_OPTIONS: Final = {"incremental": "true", "produce-models": "true", "produce-unsat-assumptions": "true"}
_FAILURES: Final = (RuntimeError, MemoryError)
"""What becomes of the library's exceptions."""
_STEPS: Final = 20
"""Steps of the port, which are of Z3's size, to one of cvc5's: one limit ends hard multiplications after about the same time."""


class Cvc5Solver:
    """An incremental solver with a term manager of its own."""

    name = "cvc5"

    def __init__(self) -> None:
        self._nodes = _Nodes()
        self._required: list[Term] = []
        self._engine: Node = None
        self._steps = 0
        self._told = 0
        """Of the facts, how many the engine knows."""
        self._facts: list[Node] = []
        self._assumed: dict[Node, Term] = {}

    def require(self, terms: Iterable[Term]) -> None:
        """Add what has to hold from now on."""
        self._required.extend(terms)

    def check(self, assumptions: Sequence[Term], limits: Limits) -> Check:
        """Whether all that is required can hold together with `assumptions`."""
        try:
            check = self._check(assumptions, limits)
        except _FAILURES as failure:
            check = Check(Satisfiability.UNKNOWN, f"cvc5: {str(failure) or 'out of memory'}")
        if check.answer is Satisfiability.UNKNOWN:
            self._engine = None
        return check

    def _check(self, assumptions: Sequence[Term], limits: Limits) -> Check:
        nodes = self._nodes.of(assumptions)
        self._assumed = dict(zip(nodes, assumptions, strict=True))
        self._facts += self._nodes.of(self._required)
        self._required.clear()
        self._facts += self._nodes.distinctions()
        engine = self._prepared(limits)
        result = engine.checkSatAssuming(*nodes)
        if result.isSat():
            return Check(Satisfiability.SAT)
        if result.isUnsat():
            return Check(Satisfiability.UNSAT)
        return Check(Satisfiability.UNKNOWN, f"cvc5: {result.getUnknownExplanation().name.lower()}")

    def _prepared(self, limits: Limits) -> Node:
        """An engine that knows all facts and keeps to `limits`."""
        steps = -(-limits.steps // _STEPS)
        if self._engine is None or steps != self._steps:
            self._engine = cvc5.Solver(self._nodes.manager)
            for option, value in _OPTIONS.items():
                self._engine.setOption(option, value)
            self._engine.setOption("rlimit-per", str(steps))
            self._engine.setLogic("QF_UFBV")
            self._steps, self._told = steps, 0
        self._engine.setOption("tlimit-per", str(limits.milliseconds))
        for fact in self._facts[self._told :]:
            self._engine.assertFormula(fact)
        self._told = len(self._facts)
        return self._engine

    def values(self, terms: Sequence[Term]) -> list[Constant]:
        """The values of terms in the model of the last check, which was sat."""
        if self._engine is None:
            raise RuntimeError("the last check has no model")
        found = self._engine.getValue(self._nodes.of(terms)) if terms else []
        return [_constant(term.sort, value) for term, value in zip(terms, found, strict=True)]

    def core(self) -> frozenset[Term]:
        """Assumptions of the last check, which was unsat, that cannot hold together."""
        return frozenset(self._assumed[node] for node in self._engine.getUnsatAssumptions())


class _Nodes:
    """Terms as terms of the library."""

    def __init__(self) -> None:
        self.manager: Node = cvc5.TermManager()
        self._known: dict[Term, Node] = {}
        self._sorts: dict[Sort, Node] = {}
        self._functions: dict[object, Node] = {}
        self._literals: dict[Sort, list[Node]] = {}
        self._crowded: set[Sort] = set()
        """Sorts with literals that nothing tells apart from the others yet."""

    def of(self, roots: Sequence[Term]) -> list[Node]:
        """The nodes of `roots`."""
        for term in reachable([root for root in roots if root not in self._known]):
            if term not in self._known:
                self._known[term] = self._node(term)
        return [self._known[root] for root in roots]

    def distinctions(self) -> list[Node]:
        """That the literals of a sort differ, for each sort that has got new ones."""
        crowded = [self._literals[sort] for sort in self._crowded if len(self._literals[sort]) > 1]
        self._crowded.clear()
        return [self.manager.mkTerm(cvc5.Kind.DISTINCT, *literals) for literals in crowded]

    def _node(self, term: Term) -> Node:
        if term.op == "const":
            return self._literal(term)
        args = [self._known[arg] for arg in term.args]
        if isinstance(term.data, Function):
            return self._apply(term.data, args)
        if term.op == "like":
            # What a pattern matches is told by lemmas; to the solver each is a predicate of its own.
            return self._call(("like", term.data), (term.args[0].sort,), BOOL, args)
        if term.op == "overflows":
            return self.manager.mkTerm(_OVERFLOW[str(term.data)], *args)
        kind = _KINDS.get(term.op)
        if kind is not None:
            return self.manager.mkTerm(kind, *args)
        # What sets and their atoms mean is told by axioms; to the solver each is a value of its own.
        return self._apply(Function(f"{term.op} {term.id}", (), term.sort), [])

    def _literal(self, term: Term) -> Node:
        match term.sort.kind:
            case Kind.BOOL:
                return self.manager.mkBoolean(bool(term.data))
            case Kind.OPAQUE:
                node = self.manager.mkConst(self._sort(term.sort), f"literal {term.data!r}")
                self._literals.setdefault(term.sort, []).append(node)
                self._crowded.add(term.sort)
                return node
            case _:
                width = self._sort(term.sort).getBitVectorSize()
                return self.manager.mkBitVector(width, str(term.data), 10)

    def _apply(self, function: Function, args: list[Node]) -> Node:
        return self._call(function.name, function.parameters, function.result, args)

    def _call(self, name: object, parameters: tuple[Sort, ...], result: Sort, args: list[Node]) -> Node:
        found = self._functions.get(name)
        if found is None:
            sort = self._sort(result)
            if parameters:
                sort = self.manager.mkFunctionSort([self._sort(parameter) for parameter in parameters], sort)
            found = self._functions[name] = self.manager.mkConst(sort, f"function {name!r}")
        return self.manager.mkTerm(cvc5.Kind.APPLY_UF, found, *args) if args else found

    def _sort(self, sort: Sort) -> Node:
        found = self._sorts.get(sort)
        if found is None:
            match sort.kind:
                case Kind.BOOL:
                    found = self.manager.getBooleanSort()
                case Kind.BITS:
                    found = self.manager.mkBitVectorSort(sort.width)
                case Kind.CHOICE:
                    found = self.manager.mkBitVectorSort(choice_width(sort))
                case Kind.OPAQUE:
                    found = self.manager.mkUninterpretedSort(sort.name)
            self._sorts[sort] = found
        return found


def _constant(sort: Sort, value: Node) -> Constant:
    match sort.kind:
        case Kind.BOOL:
            return bool(value.getBooleanValue())
        case Kind.OPAQUE:
            return f"{sort.name}#{value}"
        case Kind.CHOICE | Kind.BITS:
            number = int(value.getBitVectorValue(10))
            signed = sort.width == 64 and number >= 2**63
            return number - 2**64 if signed else number


_KINDS: Mapping[Op, Node] = {
    "not": cvc5.Kind.NOT,
    "and": cvc5.Kind.AND,
    "or": cvc5.Kind.OR,
    "ite": cvc5.Kind.ITE,
    "eq": cvc5.Kind.EQUAL,
    "add": cvc5.Kind.BITVECTOR_ADD,
    "sub": cvc5.Kind.BITVECTOR_SUB,
    "mul": cvc5.Kind.BITVECTOR_MULT,
    "neg": cvc5.Kind.BITVECTOR_NEG,
    "quotient": cvc5.Kind.BITVECTOR_SDIV,
    "remainder": cvc5.Kind.BITVECTOR_SREM,
    "less": cvc5.Kind.BITVECTOR_SLT,
    "below": cvc5.Kind.BITVECTOR_ULT,
    "bit-and": cvc5.Kind.BITVECTOR_AND,
    "bit-or": cvc5.Kind.BITVECTOR_OR,
    "bit-not": cvc5.Kind.BITVECTOR_NOT,
    "shift-right": cvc5.Kind.BITVECTOR_LSHR,
}
_OVERFLOW: Mapping[str, Node] = {
    "add": cvc5.Kind.BITVECTOR_SADDO,
    "sub": cvc5.Kind.BITVECTOR_SSUBO,
    "mul": cvc5.Kind.BITVECTOR_SMULO,
}
