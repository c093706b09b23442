"""One policy as the rules see it, with what several of them ask for worked out once.

A `Site` is where a node stands: what must hold for it to be evaluated (its guards), and which way it pushes the policy. With the
guards the view narrows the request environments: right of `principal is Agent &&`, a principal is an agent.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from bylaw.analysis.facts import AppFacts
from bylaw.analysis.paths import root_variables, uid_of
from bylaw.analysis.shapes import scope_key
from bylaw.analysis.steps import Guards, Step, steps_of
from bylaw.languages.cedar.ast import (
    Binary,
    Entity,
    Expression,
    Is,
    Not,
    Scope,
    Statement,
    Variable,
)
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import Environment, Schema, Type
from bylaw.languages.cedar.typer import environments_of, type_of


class Site(NamedTuple):
    """Where a node stands."""

    parent: Expression | None
    """None directly below a clause, and for a part of the scope."""
    guards: Guards
    positive: bool | None
    """Whether the policy applies rather when the node is true (False: when it is false; None: neither can be said)."""


IN_SCOPE = Site(None, None, positive=True)
"""Where parts of the scope stand."""


class Condition(NamedTuple):
    """A sub-expression, and the value it must have."""

    expression: Expression
    value: bool


def split(expression: Expression, *, value: bool) -> Iterator[Condition]:
    """The parts that must all hold for `expression` to be `value`: flattens `&&`, negation, and `||` that must be false."""
    todo = [Condition(expression, value)]
    while todo:
        node, wanted = todo.pop()
        if isinstance(node, Not):
            todo.append(Condition(node.operand, not wanted))
        elif isinstance(node, Binary) and node.operator == ("&&" if wanted else "||"):
            todo += (Condition(node.right, wanted), Condition(node.left, wanted))
        else:
            yield Condition(node, wanted)


class PolicyView:
    """A policy, the facts, and answers to what rules ask in common."""

    def __init__(self, policy: CedarPolicy, facts: AppFacts) -> None:
        self.policy = policy
        self.facts = facts
        self.statement: Statement = policy.statement
        self.settled: dict[int, Any] | None = None
        """Kept for `bylaw.analysis.constants`."""
        self.compares_again: bool | None = None
        """Kept for `bylaw.analysis.bounds`."""
        self._steps: list[Step] | None = None
        self._environments: tuple[Environment, ...] | None = None
        self._narrowed: dict[int, tuple[Guards, tuple[Environment, ...]]] = {}

    @property
    def is_permit(self) -> bool:
        """Whether the policy grants."""
        return self.statement.effect == "permit"

    @property
    def schema(self) -> Schema:
        """The schema; only for rules that say that they need one."""
        return self.facts.known_schema

    def source(self, start: int, end: int) -> str:
        """The text of a range."""
        return self.policy.text[start:end]

    @property
    def steps(self) -> list[Step]:
        """Every node of the clauses, with where it stands."""
        # Not a `cached_property`: its lock costs more than the walk over a short policy.
        if self._steps is None:
            self._steps = steps_of(self.statement)
        return self._steps

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """What all clauses together demand, flattened, in the order of the source."""
        clauses = self.statement.clauses
        return tuple(part for clause in clauses for part in split(clause.body, value=clause.kind == "when"))

    def allows_more(self, site: Site) -> bool:
        """Whether a node that is true more often lets more requests through."""
        return site.positive is (self.statement.effect == "permit")

    @property
    def environments(self) -> tuple[Environment, ...]:
        """The request environments that the scope admits. Needs a schema."""
        if self._environments is None:
            # Many policies differ in the ids they name only, and share one answer.
            key = _environment_key(self.statement)
            known = self.facts.environments
            if key not in known:
                known[key] = environments_of(self.statement, self.schema)
            self._environments = known[key]
        return self._environments

    def environments_at(self, guards: Guards) -> tuple[Environment, ...]:
        """The request environments in which a node behind `guards` can be evaluated."""
        return self._narrow(guards)

    def types(self, expression: Expression, guards: Guards) -> tuple[Type | None, ...]:
        """The types `expression` can have behind `guards`; none among them where a type is unknown or undefined.

        Environments that agree on the variables `expression` mentions give one type, so each such group is asked once. A type may
        occur twice: telling large record types apart costs more than that.
        """
        environments = self._narrow(guards)
        if len(environments) > 1:
            variables = root_variables(expression)
            environments = tuple(
                {_projected(environment, variables): environment for environment in environments}.values()
            )
        return tuple([type_of(expression, environment, self.schema) for environment in environments])

    def _narrow(self, guards: Guards) -> tuple[Environment, ...]:
        if guards is None:
            return self.environments
        # The guard chain is kept in the cache beside its id, so that the id is not given to another object meanwhile.
        cached = self._narrowed.get(id(guards))
        if cached is None:
            expression, value, outer = guards
            environments = self._narrow(outer)
            for condition in split(expression, value=value):
                if _narrows(condition.expression):
                    environments = tuple(e for e in environments if _admits(condition, e, self.schema))
            cached = self._narrowed[id(guards)] = (guards, environments)
        return cached[1]


def _projected(environment: Environment, variables: frozenset[str]) -> tuple[object, ...]:
    """What of `environment` an expression over `variables` depends on."""
    return (
        environment.principal if "principal" in variables else "",
        environment.action if "action" in variables or "context" in variables else "",
        environment.resource if "resource" in variables else "",
    )


def _environment_key(statement: Statement) -> tuple[object, ...]:
    """What of the scope decides which request environments it admits."""
    return (_named_type(statement.principal), scope_key(statement.action), _named_type(statement.resource))


def _named_type(scope: Scope) -> tuple[object, ...]:
    target = getattr(scope, "target", None)
    return (type(scope), getattr(scope, "type", None), target.type if isinstance(target, Entity) else None)


def _narrows(expression: Expression) -> bool:
    """Whether `expression` can tell request environments apart by its form."""
    if isinstance(expression, Is):
        return type(expression.base) is Variable
    return isinstance(expression, Binary) and expression.operator in {"==", "in"} and type(expression.left) is Variable


def _admits(condition: Condition, environment: Environment, schema: Schema) -> bool:
    """Whether `condition` can hold in `environment`, as far as its form alone tells."""
    match condition.expression:
        case Is(Variable(name), type_name) if name in {"principal", "resource"}:
            actual = environment.principal if name == "principal" else environment.resource
            return (actual == type_name) is condition.value
        case Binary("==", Variable("principal" | "resource" as name), Entity(type_name)) if condition.value:
            return (environment.principal if name == "principal" else environment.resource) == type_name
        case Binary("==", Variable("action"), Entity(type_name, id_)):
            return (environment.action == (type_name, id_)) is condition.value
        case Binary("in", Variable("action"), Entity() as group):
            return schema.action_in(environment.action, uid_of(group)) is condition.value
        case _:
            return True
