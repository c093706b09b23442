"""The adapter on the engine: positions in, positions out."""

import pytest

from bylaw.evaluation import engine as module
from bylaw.evaluation.engine import Engine
from bylaw.evaluation.interface import EntityData, MalformedRequestError, Request
from bylaw.evaluation.store import MAX_STORES
from bylaw.evaluation.units import Unit, static_unit
from bylaw.evaluation.validity import valid_positions
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import EntityUid
from tools.evaluation.cedar_programs import policy, schema

ASKED = Request(EntityUid("U", "u"), EntityUid("Action", "go"), EntityUid("R", "r"), {})
SCOPES = policy("p", "permit (principal, action, resource);").statement.scopes


def test_a_text_that_is_not_one_statement_is_our_bug() -> None:
    two = Unit("permit (principal, action, resource); permit (principal, action, resource);", SCOPES)

    with pytest.raises(InternalError, match="counts 2 policies where we have 1"):
        Engine([two], None).run([ASKED], ())


def test_a_text_that_the_engine_cannot_read_is_our_bug() -> None:
    with pytest.raises(InternalError, match="cannot read what we printed"):
        Engine([Unit("permit everything;", SCOPES)], None).run([ASKED], ())


def test_stores_are_kept_and_the_oldest_is_dropped() -> None:
    engine = Engine((), None)
    worlds = [(EntityData(EntityUid("U", str(n)), {"n": n}, {}, ()),) for n in range(MAX_STORES + 1)]

    first = engine.store(worlds[0])
    assert engine.store(worlds[0]) is first
    for world in worlds[1:]:
        engine.store(world)

    assert engine.store(worlds[0]) is not first


def test_a_refused_store_names_the_entity_and_is_refused_again() -> None:
    engine = Engine((), schema("entity U = { n: Long };"))
    world = [
        EntityData(EntityUid("U", "good"), {"n": 1}, {}, ()),
        EntityData(EntityUid("U", "bad"), {"n": "x"}, {}, ()),
    ]

    for _ in range(2):
        with pytest.raises(MalformedRequestError, match='entity `U::"bad"`'):
            engine.store(world)


def test_slices_are_parsed_once_and_the_oldest_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SETS", 2)
    units = [static_unit(policy(f"p{n}", f'permit (principal == U::"u{n}", action, resource);')) for n in range(4)]
    engine = Engine(units, None, slice_above=0)

    for _ in range(2):
        results = engine.run([_of(n) for n in range(4)], ())

    assert [result.reasons for result in results] == [(0,), (1,), (2,), (3,)]


def _of(number: int) -> Request:
    return Request(EntityUid("U", f"u{number}"), ASKED.action, ASKED.resource, {})


def test_which_statements_are_valid() -> None:
    texts = [
        'permit (principal, action == Action::"go", resource) when { principal.n > 1 };',
        'permit (principal, action == Action::"go", resource) when { principal.m > 1 };',
        "permit (principal;",
        'permit (principal == ?principal, action == Action::"go", resource);',
        "permit (principal, action, resource); permit (principal, action, resource);",
    ]
    known = schema("entity U = { n: Long }; entity R; action go appliesTo { principal: [U], resource: [R] };")

    assert valid_positions(texts, known) == (0, 3)
    assert valid_positions(texts, None) == (0, 1, 3)
    assert valid_positions([], known) == ()
