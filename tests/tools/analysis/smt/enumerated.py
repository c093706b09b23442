"""A world so small that every request can be asked, and policies over it: what the survey says of them can be counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from hypothesis import strategies as st

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.languages.cedar import ast
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Environment
from bylaw.model.decisions import Answer
from bylaw.model.identifiers import EntityUid

SCHEMA = """
entity Kind enum ["k", "l"];
entity User enum ["u", "v"];
entity Doc { hot: Bool };
action read, write appliesTo {
  principal: User, resource: Doc, context: { x: Bool, n: Long, kind: Kind, z?: Bool }
};
"""
MIN, MAX = -(2**63), 2**63 - 1
NUMBERS = (MIN, 0, 1)
"""All that the conditions below can tell apart."""

_atoms = st.sampled_from(
    [
        "context.x",
        "context has z",
        "context.z",
        "context has z && context.z",
        "resource.hot",
        "resource has hot",
        'context.kind == Kind::"k"',
        'context.kind != Kind::"l"',
        "context.n < 1",
        "0 < context.n",
        f"context.n + {MAX} > 0",
        'principal == User::"u"',
        'action == Action::"read"',
        'resource == Doc::"d"',
        "true",
        "false",
    ]
)
conditions = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        inner.map("!({})".format),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        st.lists(_atoms, min_size=3, max_size=3).map(" || ".join),
        st.tuples(inner, inner, inner).map(lambda p: f"if {p[0]} then {p[1]} else {p[2]}"),
    ),
    max_leaves=4,
)
_clauses = st.tuples(st.sampled_from(["when", "unless"]), conditions).map(lambda p: f"{p[0]} {{ {p[1]} }}")
policies = st.builds(
    lambda effect, principal, action, clauses: f"{effect} ({principal}, {action}, resource) {' '.join(clauses)};",
    st.sampled_from(["permit", "permit", "forbid"]),
    st.sampled_from(["principal", 'principal == User::"u"', 'principal == User::"v"']),
    st.sampled_from(["action", 'action == Action::"read"', 'action in [Action::"read", Action::"write"]']),
    st.lists(_clauses, max_size=2),
)

Question = tuple[Request, bool | None]
"""A request, and what the store says of `hot`; none if the document is missing."""


def questions(environment: Environment, hot: Sequence[bool | None]) -> list[Question]:
    """Every request of one environment."""
    optional: Sequence[dict[str, Json]] = ({}, {"z": True}, {"z": False})
    return [
        (
            Request(
                EntityUid("User", user),
                environment.action,
                EntityUid("Doc", doc),
                {"x": x, "n": n, "kind": {"__entity": {"type": "Kind", "id": kind}}, **z},
            ),
            store,
        )
        for store, user, doc, x, n, kind, z in product(
            hot, ("u", "v"), ("d", "e"), (True, False), NUMBERS, ("k", "l"), optional
        )
    ]


def outcomes(policy: CedarPolicy, program: CedarProgram, asked: Sequence[Question]) -> tuple[list[bool], list[bool]]:
    """On the engine, of each question: whether it satisfies a policy, and whether that errs."""
    evaluator = CedarEvaluator([policy], (), program.schema)
    answers: list[Answer] = []
    for hot in dict.fromkeys(store for _, store in asked):
        docs = () if hot is None else [EntityData(EntityUid("Doc", id_), {"hot": hot}, {}, ()) for id_ in "de"]
        answers += evaluator.decide([request for request, store in asked if store is hot], docs)
    return [bool(answer.determining) for answer in answers], [bool(answer.errors) for answer in answers]


class EvaluationError(Exception):
    """What the engine reports as an error."""


@dataclass
class Trace:
    """What every part of one policy was, each time it was evaluated."""

    seen: dict[tuple[int, int], set[bool | None]] = field(default_factory=dict)
    parts: dict[tuple[int, int], tuple[ast.Expression, str]] = field(default_factory=dict)

    def policy(self, policy: CedarPolicy, question: Question) -> bool:
        """Evaluate the clauses; the scope has been found to hold."""
        clauses = policy.statement.clauses
        return all(self._part(clause.body, question, "clause") is (clause.kind == "when") for clause in clauses)

    def constants(self) -> Iterator[tuple[tuple[int, int], bool, str]]:
        """The outermost parts that were always the same and never an error."""
        end = -1
        for place in sorted(self.seen, key=lambda place: (place[0], -place[1])):
            node, kind = self.parts[place]
            if len(self.seen[place]) > 1 or isinstance(node, ast.Boolean) or place[0] < end:
                continue
            (value,) = self.seen[place]
            kind = "guard" if isinstance(node, ast.Has) and value else kind
            if value is not None and (value or kind != "guard"):
                end = place[1]
                yield place, value, kind

    def _part(self, node: ast.Expression, question: Question, kind: str) -> bool:
        place = (node.start, node.end)
        self.parts[place] = (node, kind)
        try:
            value = self._value(node, question)
        except EvaluationError:
            self.seen.setdefault(place, set()).add(None)
            raise
        self.seen.setdefault(place, set()).add(value)
        return value

    def _value(self, node: ast.Expression, question: Question) -> bool:
        request, hot = question
        match node:
            case ast.Boolean(value):
                return value
            case ast.Not(operand):
                inside = isinstance(operand, ast.Has)
                return not (self._part(operand, question, "guard") if inside else self._value(operand, question))
            case ast.If(condition, consequence, alternative):
                chosen = consequence if self._part(condition, question, "branch") else alternative
                inside = isinstance(chosen, ast.Has)
                return self._part(chosen, question, "guard") if inside else self._value(chosen, question)
            case ast.Binary("&&" | "||" as operator, left, right):
                chained = isinstance(left, ast.Binary) and left.operator == operator
                first = self._value(left, question) if chained else self._part(left, question, "operand")
                return first if first is (operator == "||") else self._part(right, question, "operand")
            case ast.Has(ast.Variable("resource")):
                return hot is not None
            case ast.Has():
                return "z" in request.context
            case ast.Attribute(ast.Variable("resource")):
                if hot is None:
                    raise EvaluationError
                return hot
            case ast.Attribute(_, name):
                if name not in request.context:
                    raise EvaluationError
                return bool(request.context[name])
            case ast.Binary():
                return _compared(node, request)
        raise AssertionError(node)


def _compared(node: ast.Binary, request: Request) -> bool:
    number = request.context["n"]
    assert isinstance(number, int)
    match node:
        case ast.Binary(">"):
            if number + MAX > MAX:
                raise EvaluationError
            return number + MAX > 0
        case ast.Binary("<", ast.Long()):
            return number > 0
        case ast.Binary("<"):
            return number < 1
        case ast.Binary("==" | "!=" as operator, ast.Variable(name), ast.Entity(type_, id_)):
            return (getattr(request, name) == EntityUid(type_, id_)) is (operator == "==")
        case ast.Binary("==" | "!=" as operator, _, ast.Entity(_, id_)):
            return (request.context["kind"] == {"__entity": {"type": "Kind", "id": id_}}) is (operator == "==")
    raise AssertionError(node)
