"""The generator of requests, stores and edits: of the schema, complete where they should be, and of every outcome."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.engine import Engine, Result
from bylaw.evaluation.interface import EntityData, Request
from bylaw.evaluation.units import Unit
from bylaw.evaluation.validity import valid_positions
from bylaw.languages.cedar.walk import entities
from bylaw.model.identifiers import EntityUid
from tools.analysis.smt.generating.literals import parsed
from tools.analysis.smt.generating.mutations import mutated
from tools.analysis.smt.generating.policies import random_policy, random_template_and_link
from tools.analysis.smt.generating.pools import seeded
from tools.analysis.smt.generating.schemas import World, random_world
from tools.analysis.smt.generating.stores import random_request, random_requests

seeds = st.integers(0, 2**32)


def static(texts: Sequence[str]) -> list[Unit]:
    return [Unit(text, parsed(text).scopes) for text in texts]


def linked(text: str, values: Mapping[str, EntityUid]) -> Unit:
    return Unit(text, parsed(text).scopes, values)


@settings(max_examples=60, deadline=None)
@given(seeds, st.booleans())
def test_policies_templates_and_requests_are_taken_by_the_engine(seed: int, missing: bool) -> None:  # noqa: FBT001 - drawn
    rng = seeded(seed)
    world = random_world(rng)
    policies = [random_policy(rng, world) for _ in range(5)]
    template, values = random_template_and_link(rng, world)
    requests, store = random_requests(rng, world, [*policies, template], 10, missing=missing)

    results = Engine([*static(policies), linked(template, values)], world.schema).run(requests, store)

    assert len(results) == len(requests)
    assert valid_positions([*policies, template], world.schema) == tuple(range(6))
    assert set(values) <= {"principal", "resource"}


def outcomes(*, missing: bool) -> Iterator[Result]:
    for seed in range(40):
        rng = seeded(seed)
        world = random_world(rng)
        policies = [random_policy(rng, world) for _ in range(10)]
        engine = Engine(static(policies), world.schema)
        for _ in range(5):
            requests, store = random_requests(rng, world, policies, 10, missing=missing)
            yield from engine.run(requests, store)


def test_complete_stores_give_both_decisions_and_errors_of_arithmetic_alone() -> None:
    found = list(outcomes(missing=False))
    messages = {message for result in found for _, message in result.errors}

    assert 0.15 < sum(result.allowed for result in found) / len(found) < 0.85
    assert messages
    assert all("overflow" in message for message in messages), messages


def test_incomplete_stores_give_errors_of_missing_entities() -> None:
    found = list(outcomes(missing=True))

    assert {result.allowed for result in found} == {True, False}
    assert sum(bool(result.errors) for result in found) > len(found) / 20
    assert any("does not exist" in message for result in found for _, message in result.errors)


def named(value: object) -> Iterator[EntityUid]:
    """Every entity in a piece of entity JSON."""
    if isinstance(value, dict):
        if "__entity" in value:
            yield EntityUid(value["__entity"]["type"], value["__entity"]["id"])
        for part in value.values():
            yield from named(part)
    elif isinstance(value, list):
        for part in value:
            yield from named(part)


def references(request: Request, store: tuple[EntityData, ...]) -> Iterator[EntityUid]:
    yield from (request.principal, request.resource)
    yield from named(request.context)
    for entity in store:
        yield from entity.parents
        yield from named([entity.attributes, entity.tags])


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_stores_are_complete_unless_asked_otherwise(seed: int) -> None:
    rng = seeded(seed)
    world = random_world(rng)
    policies = [random_policy(rng, world) for _ in range(5)]

    request, store = random_request(rng, world, policies)

    literals = {EntityUid(e.type, e.id) for text in policies for e in entities(parsed(text))}
    wanted = {uid for uid in {*references(request, store), *literals} if uid.type not in world.action_types}
    present = [entity.uid for entity in store]
    assert wanted <= set(present)
    assert len(present) == len(set(present))


def access(
    world: World, policies: Sequence[str], asked: tuple[tuple[Request, ...], tuple[EntityData, ...]]
) -> list[bool]:
    return [result.allowed for result in Engine(static(policies), world.schema).run(*asked)]


def test_edits_give_valid_sets_that_are_equal_narrower_wider_or_both() -> None:
    found: Counter[tuple[bool, bool]] = Counter()
    for seed in range(90):
        rng = seeded(seed)
        world = random_world(rng)
        before = [random_policy(rng, world) for _ in range(4)]
        after = mutated(rng, world, before)
        assert len(valid_positions(after, world.schema)) == len(after)
        asked = [random_requests(rng, world, [*before, *after], 30) for _ in range(3)]
        pairs = [
            pair for one in asked for pair in zip(access(world, before, one), access(world, after, one), strict=True)
        ]
        found[(False, True) in pairs, (True, False) in pairs] += 1

    assert all(found[widens, narrows] for widens in (False, True) for narrows in (False, True)), found


def test_the_same_seed_gives_the_same_everything() -> None:
    def drawn() -> object:
        rng = seeded(7)
        world = random_world(rng)
        policies = mutated(rng, world, [random_policy(rng, world) for _ in range(5)])
        return (
            world.text,
            world.pools,
            policies,
            random_template_and_link(rng, world),
            random_request(rng, world, policies),
        )

    assert drawn() == drawn()
