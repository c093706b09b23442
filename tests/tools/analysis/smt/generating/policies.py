"""Random policies and templates that the engine's strict validation accepts."""

from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple, TypeAlias

import cedarpy

from bylaw.languages.cedar.engine import engine_schema
from bylaw.languages.cedar.schema import Environment
from bylaw.model.identifiers import EntityUid
from tools.analysis.smt.generating.clusters import ancestor_types
from tools.analysis.smt.generating.conditions import random_condition
from tools.analysis.smt.generating.reads import Scene
from tools.analysis.smt.generating.schemas import World

DEPTH = 3

Admits: TypeAlias = Callable[[Environment], bool]


class Scope(NamedTuple):
    """One part of a scope, and the environments it admits."""

    text: str
    admits: Admits


def random_policy(rng: Random, world: World, *, depth: int = DEPTH) -> str:
    """One static policy, strictly valid; `depth` bounds how far operators nest."""
    while True:
        text = draft(rng, world, depth=depth)
        if is_valid(world, text):
            return text


def is_valid(world: World, text: str) -> bool:
    """Whether a statement or template passes strict validation."""
    return bool(cedarpy.validate_policies(text, engine_schema(world.schema.text)))


def random_template_and_link(rng: Random, world: World, *, depth: int = DEPTH) -> tuple[str, Mapping[str, EntityUid]]:
    """A strictly valid template with at least one slot, and for each slot, by name without the mark, an entity.

    The link is strictly valid as well.
    """
    while True:
        effect, scopes, clauses, slots = _parts(rng, world, depth, templates=True)
        text = _statement(effect, scopes, clauses)
        linked = text
        for slot, value in slots.items():
            linked = linked.replace(f"?{slot}", str(value))
        if slots and is_valid(world, text) and is_valid(world, linked):
            return text, slots


def draft(rng: Random, world: World, *, depth: int = DEPTH) -> str:
    """One static policy, strictly valid in nearly all cases."""
    effect, scopes, clauses, _ = _parts(rng, world, depth, templates=False)
    return _statement(effect, scopes, clauses)


def _statement(effect: str, scopes: list[str], clauses: list[str]) -> str:
    return f"{effect} ({', '.join(scopes)}){''.join(f' {clause}' for clause in clauses)};"


def _parts(
    rng: Random, world: World, depth: int, *, templates: bool
) -> tuple[str, list[str], list[str], dict[str, EntityUid]]:
    slots: dict[str, EntityUid] = {}
    while True:
        aim = rng.choice(world.schema.environments)
        slots.clear()
        scopes = [_entity_scope(rng, world, "principal", aim.principal, slots if templates else None)]
        scopes.append(_action_scope(rng, world, aim.action))
        scopes.append(_entity_scope(rng, world, "resource", aim.resource, slots if templates else None))
        admitted = tuple(e for e in world.schema.environments if all(scope.admits(e) for scope in scopes))
        if admitted:
            clauses = random_clauses(rng, Scene(world, admitted, frozenset()), depth)
            return rng.choice(("permit", "permit", "forbid")), [scope.text for scope in scopes], clauses, slots


def random_clauses(rng: Random, scene: Scene, depth: int, most: int = 3) -> list[str]:
    """Up to `most` clauses; what one establishes, the next may use."""
    clauses = []
    for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 2, 3)) if most > 1 else most):
        kind = rng.choice(("when", "when", "unless"))
        text, after = random_condition(rng, scene, rng.randint(0, depth))
        clauses.append(f"{kind} {{ {text} }}")
        scene = after if kind == "when" else scene
    return clauses


def _entity_scope(rng: Random, world: World, variable: str, name: str, slots: dict[str, EntityUid] | None) -> Scope:
    def own(environment: Environment) -> bool:
        return bool(getattr(environment, variable) == name)

    target = rng.choice(ancestor_types(world, name))

    def under(environment: Environment) -> bool:
        return world.schema.type_can_be_in(getattr(environment, variable), target)

    def entity(of: str) -> str:
        uid = EntityUid(of, rng.choice(world.ids(of)))
        if slots is None or rng.random() < 0.2:
            return str(uid)
        slots[variable] = uid
        return f"?{variable}"

    forms = (
        ("any", "any", "any", "any", "is", "is", "==", "in", "is in") if slots is None else ("any", "==", "in", "is in")
    )
    form = rng.choice(forms)
    if form == "any":
        return Scope(variable, lambda _: True)
    if form == "is":
        return Scope(f"{variable} is {name}", own)
    if form == "is in":
        return Scope(f"{variable} is {name} in {entity(target)}", own)
    text = entity(name if form == "==" else target)
    # A slot may be filled by any type, so nothing is known of the variable.
    known: Admits = (lambda _: True) if text.startswith("?") else own if form == "==" else under
    return Scope(f"{variable} {form} {text}", known)


def _action_scope(rng: Random, world: World, action: EntityUid) -> Scope:
    form = rng.choice(("any", "any", "any", "==", "in", "in", "in set"))
    groups = [uid for uid in sorted(world.schema.actions) if world.schema.action_in(action, uid)]
    if form == "any":
        return Scope("action", lambda _: True)
    if form == "==":
        return Scope(f"action == {action}", lambda environment: environment.action == action)
    if form == "in":
        group = rng.choice(groups)
        return Scope(f"action in {group}", lambda environment: world.schema.action_in(environment.action, group))
    listed = [rng.choice(groups), *rng.choices(sorted(world.schema.actions), k=rng.choice((0, 1, 2)))]
    texts = ", ".join(map(str, listed))
    return Scope(
        f"action in [{texts}]",
        lambda environment: any(world.schema.action_in(environment.action, uid) for uid in listed),
    )
