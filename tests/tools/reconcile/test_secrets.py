"""Secrets never reach plan, journal, inventory, report or message."""

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from bylaw.backends.interface import BackendTerminalError
from bylaw.model.errors import BylawError
from bylaw.reconcile.plan_file import dump_plans
from bylaw.repository.documents.settings import DriftIgnore, Limits, Suspension, Target
from tools.fakes.clock import EPOCH
from tools.fakes.faulty_backend import Fault, FaultyBackend
from tools.reconcile.world import TODAY, World, forbid, permit

CANARY = "canary-4f1d"


def everything(value: Any) -> str:
    """All that can be read off a value, private parts too."""
    if is_dataclass(value) and not isinstance(value, type):
        return " ".join(everything(getattr(value, item.name)) for item in fields(value))
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(map(everything, value))
    if isinstance(value, dict):
        return " ".join(f"{everything(key)} {everything(item)}" for key, item in value.items())
    return repr(value)


def connected() -> World:
    """A target with a canary in every field of its connection."""
    return World(
        settings=Target(
            backend="memory",
            url=f"postgresql://user:{CANARY}@host/db",
            url_env=f"SECRET_{CANARY}",
            state=f"postgresql://user:{CANARY}@host/state",
            about=f"see {CANARY}",
            limits=Limits(max_updates=1),
            ignore_drift=(DriftIgnore(policies=("x",), field="mode", reason="being soaked", until=TODAY),),
            suspend=Suspension(reason="over", by="ada", until=datetime(2020, 1, 1, tzinfo=UTC)),
        )
    )


def outputs(world: World) -> str:
    """All that a run leaves behind or shows."""
    prepared = world.prepare()
    told = [everything(prepared), repr(prepared), dump_plans([prepared.plan], EPOCH), prepared.safety.help]
    try:
        report = world.apply()
        told += [everything(report), repr(report)]
    except BylawError as error:
        told += [str(error), error.help or "", repr(error.diagnostics)]
    told += [everything(world.records()), everything(world.memory.applied(world.target))]
    return "\n".join(told)


@pytest.mark.parametrize("scene", ["whole", "partial", "unsafe", "drift"])
def test_no_field_of_a_connection_is_shown(scene: str) -> None:
    world = connected()
    world.commit(allow=permit(), deny=forbid())
    if scene != "whole":
        world.settled()
        world.commit(allow=permit("new"), deny=forbid("newer") if scene == "unsafe" else forbid())
    if scene == "partial":
        world.backend = FaultyBackend(world.store, {2: Fault.TERMINAL})
    if scene == "drift":
        world.edit("deny", permit("mallory"))

    assert CANARY not in outputs(world)


def test_what_a_backend_says_of_a_failure_stays_out_of_the_journal() -> None:
    world = World()
    world.commit(allow=permit())
    world.settled()
    world.commit(allow=permit("new"))

    def refuse(_: Any) -> None:
        raise BackendTerminalError(f"401 for token {CANARY}")

    world.store.delete = refuse  # type: ignore[method-assign,assignment]
    world.apply()

    assert CANARY not in everything(world.records())


def test_the_journal_holds_digests_and_no_text() -> None:
    world = World()
    world.commit(allow=permit(CANARY))
    world.settled()

    assert CANARY not in everything(world.records())
    for record in world.records():
        assert isinstance(json.loads(record.detail), dict)
