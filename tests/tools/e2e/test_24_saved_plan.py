"""A saved plan is applied exactly, or not at all."""

import json

import pytest

from tools.e2e.driver import CAP, Bylaw
from tools.pipeline.repositories import PERMIT


@pytest.fixture
def planned(applied: Bylaw) -> Bylaw:
    """A change that is planned into `plan.json`, not yet applied."""
    applied.commit({CAP: PERMIT.replace("100", "900")})
    applied.ok("plan", "-o", "plan.json")
    return applied


def test_a_saved_plan_is_carried_out(planned: Bylaw) -> None:
    planned.ok("apply", "plan.json")

    assert "900" in planned.live()["shop/access/read-front"][1]
    assert planned.run("plan", "--detailed-exitcode").code == 0


def test_a_plan_cannot_be_applied_twice(planned: Bylaw) -> None:
    planned.ok("apply", "plan.json")
    before = planned.dump()

    result = planned.run("apply", "plan.json")

    assert result.code == 8
    assert planned.written_since(before) == ()


def test_a_plan_is_stale_once_a_later_commit_was_applied(planned: Bylaw) -> None:
    planned.commit({CAP: PERMIT.replace("100", "800")})
    planned.ok("reconcile")
    before = planned.dump()

    result = planned.run("apply", "plan.json")

    assert result.code in {8, 10}
    assert "800" in planned.live()["shop/access/read-front"][1]
    assert planned.written_since(before) == ()


def test_a_plan_is_stale_once_the_target_was_edited_from_outside(planned: Bylaw) -> None:
    planned.tamper(
        "update bylaw_policy set mode = 'log_only', revision = revision + 1 where name = 'shop/guards/level'"
    )
    before = planned.dump()

    result = planned.run("apply", "plan.json")

    assert result.code == 8
    assert "stale" in result.stderr
    assert planned.written_since(before) == ()


def test_an_old_plan_is_refused(planned: Bylaw) -> None:
    saved = json.loads((planned.root / "plan.json").read_text())
    saved["made_at"] = "2020-01-01T00:00:00+00:00"
    (planned.root / "plan.json").write_text(json.dumps(saved))

    result = planned.run("apply", "plan.json")

    assert result.code == 8
    assert "24 hours" in result.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [("900", "901"), ('"kind": "replace"', '"kind": "delete"'), ('"target": "local"', '"target": "other"')],
    ids=["its text", "its kind", "its target"],
)
def test_a_plan_that_was_altered_is_refused(planned: Bylaw, old: str, new: str) -> None:
    place = planned.root / "plan.json"
    text = place.read_text()
    if old not in text:
        old = next(f'"kind": "{kind}"' for kind in ("update", "create") if f'"kind": "{kind}"' in text)
    place.write_text(text.replace(old, new))
    before = planned.dump()

    result = planned.run("apply", "plan.json")

    assert result.code == (2 if "target" in old else 8), result.all
    assert planned.dump() == before


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", "null", "not json", '{"format": "bylaw-plan/2", "made_at": "2026-01-01T00:00:00Z", "plans": []}'],
)
def test_what_is_no_plan_is_called_so(applied: Bylaw, text: str) -> None:
    (applied.root / "plan.json").write_text(text)

    result = applied.run("apply", "plan.json")

    assert result.code == 3
    assert "plan.json" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_plan_hash_binds_a_reconcile(applied: Bylaw) -> None:
    applied.commit({CAP: PERMIT.replace("100", "900")})
    (plan,) = applied.ok("plan", "--format", "json").json["plans"]

    assert applied.run("reconcile", "--plan-hash", "0" * 64).code == 8
    assert "100" in applied.live()["shop/access/read-front"][1]
    applied.ok("reconcile", "--plan-hash", plan["hash"])
    assert "900" in applied.live()["shop/access/read-front"][1]
