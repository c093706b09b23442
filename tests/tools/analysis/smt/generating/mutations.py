"""Plausible edits of a policy set, so that the sets before and after are close: equal, narrower, wider, or both."""

from collections.abc import Callable, Sequence
from random import Random

from bylaw.languages.cedar.ast import Binary, Entity, Expression, Like, Statement
from bylaw.languages.cedar.typer import environments_of
from bylaw.languages.cedar.walk import entities, nodes
from tools.analysis.smt.generating.clusters import pattern
from tools.analysis.smt.generating.conditions import random_condition
from tools.analysis.smt.generating.literals import kind_of, parsed, value_of
from tools.analysis.smt.generating.operands import entity_literal
from tools.analysis.smt.generating.policies import is_valid, random_clauses, random_policy
from tools.analysis.smt.generating.pools import DATETIME, literal_text, neighbours
from tools.analysis.smt.generating.reads import Scene
from tools.analysis.smt.generating.schemas import World

_SIMILAR = (("<", "<=", ">", ">="), ("==", "!="), ("&&", "||"), ("+", "-", "*"))
_TRIES = 20


def mutated(rng: Random, world: World, policies: Sequence[str]) -> list[str]:
    """The set after one to four edits; each of its policies is strictly valid if all of `policies` are."""
    edits: tuple[Callable[[Random, World, list[str]], list[str]], ...] = (
        _edited, _edited, _edited, _edited, _split, _added, _removed, _repeated,
    )  # fmt: skip
    found = list(policies)
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        found = rng.choice(edits)(rng, world, found)
    return found


def _added(rng: Random, world: World, policies: list[str]) -> list[str]:
    policies.insert(rng.randint(0, len(policies)), random_policy(rng, world))
    return policies


def _removed(rng: Random, _: World, policies: list[str]) -> list[str]:
    if len(policies) > 1:
        policies.pop(rng.randrange(len(policies)))
    return policies


def _repeated(rng: Random, _: World, policies: list[str]) -> list[str]:
    """The same in another order, and one of them twice: nothing changes."""
    again = [*policies, *policies[:1]]
    rng.shuffle(again)
    return again


def _split(rng: Random, world: World, policies: list[str]) -> list[str]:
    """A policy in two halves: the same access, unless the condition between them errors."""
    if not policies:
        return policies
    position = rng.randrange(len(policies))
    text = policies[position].rstrip(";")
    for _ in range(_TRIES):
        condition, _after = random_condition(rng, _scene(world, parsed(policies[position])), rng.choice((0, 0, 1)))
        halves = [f"{text} when {{ {condition} }};", f"{text} unless {{ {condition} }};"]
        if all(is_valid(world, half) for half in halves):
            return [*policies[:position], *halves, *policies[position + 1 :]]
    return policies


def _edited(rng: Random, world: World, policies: list[str]) -> list[str]:
    """One policy changed in one place."""
    edits: tuple[Callable[[Random, World, str, Statement], str], ...] = (
        _other_literal, _other_literal, _other_literal, _other_literal, _other_operator, _other_operator, _fewer_clauses,
        _more_clauses, _more_clauses, _other_effect, _other_kind, _other_spelling,
    )  # fmt: skip
    if not policies:
        return policies
    for _ in range(_TRIES):
        position = rng.randrange(len(policies))
        before = policies[position]
        after = rng.choice(edits)(rng, world, before, parsed(before))
        if after != before and is_valid(world, after):
            return [*policies[:position], after, *policies[position + 1 :]]
    return policies


def _scene(world: World, statement: Statement) -> Scene:
    return Scene(world, environments_of(statement, world.schema), frozenset())


def _replaced(text: str, node: Expression, replacement: str) -> str:
    return text[: node.start] + replacement + text[node.end :]


def _other_literal(rng: Random, world: World, text: str, statement: Statement) -> str:
    """Another number, word, pattern or entity: mostly the one beside it."""
    literals = [node for node in nodes(statement) if kind_of(node) or isinstance(node, Like)]
    found: list[Expression] = [*literals, *entities(statement)]
    if not found:
        return text
    node = rng.choice(found)
    if isinstance(node, Entity):
        return _replaced(text, node, entity_literal(rng, world, node.type))
    if isinstance(node, Like):
        return text[: node.base.end] + _after_like(text, node, pattern(rng)) + text[node.end :]
    kind = kind_of(node)
    assert kind is not None
    near = [value for value in neighbours(kind, value_of(node)) if kind != DATETIME]
    values = near if near and rng.random() < 0.6 else world.pools.values[kind]
    return _replaced(text, node, literal_text(kind, rng.choice(values)))


def _after_like(text: str, node: Like, new: str) -> str:
    between = text[node.base.end : node.end]
    return between[: between.index("like")] + f"like {new}"


def _other_operator(rng: Random, _: World, text: str, statement: Statement) -> str:
    found = [(node, family) for node in nodes(statement) if isinstance(node, Binary) for family in _SIMILAR
             if node.operator in family]  # fmt: skip
    if not found:
        return text
    node, family = rng.choice(found)
    between = text[node.left.end : node.right.start].replace(node.operator, rng.choice(family), 1)
    return text[: node.left.end] + between + text[node.right.start :]


def _fewer_clauses(rng: Random, _: World, text: str, statement: Statement) -> str:
    if not statement.clauses:
        return text
    clause = rng.choice(statement.clauses)
    return text[: clause.start] + text[clause.end :]


def _more_clauses(rng: Random, world: World, text: str, statement: Statement) -> str:
    (clause,) = random_clauses(rng, _scene(world, statement), 1, most=1)
    return f"{text.rstrip(';')} {clause};"


def _other_effect(_: Random, __: World, text: str, statement: Statement) -> str:
    start, end = statement.head
    return text[:start] + ("forbid" if statement.effect == "permit" else "permit") + text[end:]


def _other_kind(rng: Random, _: World, text: str, statement: Statement) -> str:
    if not statement.clauses:
        return text
    clause = rng.choice(statement.clauses)
    other = "unless" if clause.kind == "when" else "when"
    return text[: clause.start] + other + text[clause.start + len(clause.kind) :]


def _other_spelling(rng: Random, _: World, text: str, statement: Statement) -> str:
    """The same condition, said otherwise."""
    if not statement.clauses:
        return text
    body = rng.choice(statement.clauses).body
    inner = text[body.start : body.end]
    form = rng.choice(
        ("!(!({}))", "true && ({})", "({}) && true", "({}) || false", "if {} then true else false", "({0}) && ({0})")
    )
    return _replaced(text, body, form.format(inner))
