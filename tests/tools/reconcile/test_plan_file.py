"""Plan files are hostile input: they name a plan, and are never trusted to be one."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from bylaw.model.errors import ConflictError, InvalidInputError
from bylaw.model.identifiers import CommitId
from bylaw.reconcile import plan_file
from bylaw.reconcile.apply import apply
from bylaw.reconcile.plan_file import dump_plans, load_plans
from tools.fakes.clock import EPOCH
from tools.reconcile.test_plan import busy_world
from tools.reconcile.world import World, permit

DAY = timedelta(hours=24)
TEXT = dump_plans([busy_world().plan()], EPOCH)


def test_a_plan_file_names_the_plan_it_was_made_from() -> None:
    plan = busy_world().plan()

    (saved,) = load_plans(dump_plans([plan], EPOCH).encode(), "plan.json")

    assert (saved.target, saved.commit, saved.hash, saved.components) == (
        plan.target,
        plan.commit,
        plan.hash,
        plan.components,
    )
    assert saved.made_at == EPOCH


def test_a_saved_plan_applies() -> None:
    world = World()
    world.commit(allow=permit())
    (saved,) = load_plans(dump_plans([world.plan()], EPOCH).encode(), "plan.json")

    assert apply(world.given(), (), world.executor(), saved.components).problems == ()


def test_several_plans_fit_into_one_file() -> None:
    one, two = World(), World()
    one.commit(allow=permit())
    two.commit(allow=permit("bob"))

    saved = load_plans(dump_plans([one.plan(), two.plan()], EPOCH).encode(), "plan.json")

    assert len({plan.hash for plan in saved}) == 2
    assert load_plans(dump_plans([], EPOCH).encode(), "plan.json") == ()


# Everything in a plan that stands for something is hashed: where is it, and what could it be instead?
ALTERED: list[tuple[str, Any]] = [
    ("hash", "0" * 64),
    ("commit", "f" * 40),
    ("components.3.1", "f" * 40),
    ("components.6.1", "0" * 64),
    ("components.8.1", "0" * 64),
    ("components.8.0", "other"),
    ("changes", []),
    ("changes.0.kind", "delete"),
    ("changes.0.phase", 5),
    ("changes.0.engine", "elsewhere"),
    ("changes.0.policy", "desk/other"),
    ("changes.0.object", "p000009"),
    ("changes.0.heals", True),
    ("changes.0.after", None),
    ("changes.0.after.text", permit("mallory")),
    ("changes.0.after.digest", "0" * 64),
    ("changes.0.after.mode", "log_only"),
    ("changes.0.after.effect", "permit"),
    ("changes.2.before.digest", "0" * 64),
]


@pytest.mark.parametrize(("place", "value"), ALTERED, ids=[place for place, _ in ALTERED])
def test_a_plan_that_was_altered_is_refused(place: str, value: Any) -> None:
    document = json.loads(TEXT)
    *route, last = place.split(".")
    node = document["plans"][0]
    for step in route:
        node = node[int(step)] if isinstance(node, list) else node[step]
    key = int(last) if isinstance(node, list) else last
    assert node[key] != value
    node[key] = value

    with pytest.raises(ConflictError, match="was altered after it was made"):
        load_plans(json.dumps(document).encode(), "plan.json")


@pytest.mark.parametrize(
    ("age", "fresh"),
    [(0, True), (24, True), (24.01, False), (-0.01, False), (1000, False)],
)
def test_a_plan_expires(age: float, fresh: bool) -> None:  # noqa: FBT001
    (saved,) = load_plans(TEXT.encode(), "plan.json")
    now = EPOCH + timedelta(hours=age)

    if fresh:
        saved.demand_fresh(now, DAY)
    else:
        with pytest.raises(ConflictError, match="was made at 2026-03-02 09:00 UTC, and counts for 24 hours"):
            saved.demand_fresh(now, DAY)


assert '"phase": 2' in TEXT, "the tests below alter it"
BAD: dict[str, bytes] = {
    "empty": b"",
    "not json": b"{",
    "not utf-8": b"\xff\xfe{}",
    "null": b"null",
    "a list": b"[]",
    "another format": TEXT.replace("bylaw-plan/1", "bylaw-plan/2").encode(),
    "more keys": TEXT.replace('"format"', '"more": 1, "format"').encode(),
    "no time zone": TEXT.replace("+00:00", "").encode(),
    "no time": TEXT.replace(EPOCH.isoformat(), "yesterday").encode(),
    "a huge number": TEXT.replace('"phase": 2', f'"phase": {"9" * 5000}').encode(),
    "deep": b"[" * 100_000,
    "a target that is a path": TEXT.replace('"prod"', '"../prod"').encode(),
    "a lone surrogate": TEXT.replace('"prod"', '"\\ud800"').encode(),
    "a surrogate in a text": TEXT.replace("permit (", "\\ud800 (", 1).encode(),
}


@pytest.mark.parametrize("story", BAD)
def test_what_is_no_plan_file_is_told(story: str) -> None:
    with pytest.raises((InvalidInputError, ConflictError)):
        load_plans(BAD[story], "plan.json")


def test_the_message_is_one_line_and_says_where() -> None:
    with pytest.raises(InvalidInputError) as caught:
        load_plans(TEXT.replace('"heals": false', '"heals": "no\\n::error::x"', 1).encode(), "plan.json")

    assert caught.value.message == "`plan.json` is no plan: `plans.0.changes.0.heals`: input should be a valid boolean"
    assert caught.value.help == "make one with `bylaw plan -o FILE`"


def test_a_huge_file_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_file, "MAX_BYTES", 100)

    with pytest.raises(InvalidInputError, match="limit 100"):
        load_plans(TEXT.encode(), "plan.json")


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.binary())
@example(TEXT.encode())
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    with suppress(InvalidInputError, ConflictError):
        load_plans(data, "plan.json")


@given(st.integers(0, len(TEXT.encode()) - 1), st.integers(0, 255))
def test_no_byte_that_is_flipped_gives_another_plan(position: int, value: int) -> None:
    """What still reads is the plan that was made: names of the hashed facts may differ, never their hash."""
    data = bytearray(TEXT.encode())
    data[position] = value
    try:
        (saved,) = load_plans(bytes(data), "plan.json")
    except (InvalidInputError, ConflictError):
        return
    (before,) = load_plans(TEXT.encode(), "plan.json")
    assert (saved.hash, saved.components, saved.commit) == (before.hash, before.components, before.commit)


@given(st.sampled_from(["format", "made_at", "plans"]), JSON)
def test_no_json_crashes_the_reader(key: str, value: Any) -> None:
    document = {**json.loads(TEXT), key: value}
    with suppress(InvalidInputError, ConflictError):
        load_plans(json.dumps(document).encode(), "plan.json")


@given(st.sampled_from(sorted(json.loads(TEXT)["plans"][0])), JSON)
def test_no_plan_crashes_the_reader(key: str, value: Any) -> None:
    document = json.loads(TEXT)
    document["plans"][0][key] = value
    with suppress(InvalidInputError, ConflictError):
        load_plans(json.dumps(document).encode(), "plan.json")


def test_the_commit_of_a_plan_is_a_commit() -> None:
    (saved,) = load_plans(TEXT.encode(), "plan.json")
    assert saved.commit == CommitId("0" * 39 + "2")
