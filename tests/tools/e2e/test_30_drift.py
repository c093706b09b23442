"""Changes made on the target, past git: told apart from intended ones, and undone only where that is asked for."""

import pytest

from tools.e2e.driver import CAP, Bylaw, settings
from tools.pipeline.repositories import PERMIT

SWITCHED_OFF = "update bylaw_policy set mode = 'log_only', revision = revision + 1 where name = 'shop/guards/level'"
REMOVED = (
    "update bylaw_policy set deleted_at = updated_at, revision = revision + 1 where name = 'shop/access/read-front'"
)


@pytest.fixture
def drifted(applied: Bylaw) -> Bylaw:
    """A target on which somebody switched a guard off."""
    applied.tamper(SWITCHED_OFF)
    return applied


def test_drift_is_reported_and_left(drifted: Bylaw) -> None:
    result = drifted.run("drift", "--detailed-exitcode")

    assert result.code == 6
    assert "shop/guards/level" in result.stdout
    assert drifted.run("drift").code == 0
    assert drifted.live()["shop/guards/level"][0] == "log_only"


def test_a_schema_that_was_changed_on_the_target_is_drift(applied: Bylaw) -> None:
    applied.tamper("update bylaw_engine set schema_text = 'entity Anybody;'")

    result = applied.run("drift", "--detailed-exitcode", "--format", "json")

    assert result.code == 6
    assert '"class": "schema-changed"' in result.stdout
    assert "no drift" not in applied.ok("drift").stdout
    assert applied.run("reconcile", "--loop", "--turns", "1", "--interval", "1", "--metrics", "m.prom").code == 0
    assert 'bylaw_drift_engines{target="local"} 1' in (applied.root / "m.prom").read_text()


def test_reconcile_leaves_drift_alone_unless_told_to_heal(drifted: Bylaw) -> None:
    drifted.run("reconcile")
    assert drifted.live()["shop/guards/level"][0] == "log_only"
    assert drifted.run("drift", "--detailed-exitcode").code == 6

    drifted.ok("reconcile", "--heal")

    assert drifted.live()["shop/guards/level"][0] == "active"
    assert drifted.run("drift", "--detailed-exitcode").code == 0


def test_a_target_that_heals_needs_no_option(applied: Bylaw) -> None:
    applied.commit({"bylaw.yaml": settings("drift: heal")})
    applied.ok("reconcile")
    applied.tamper(SWITCHED_OFF)

    applied.ok("reconcile")

    assert applied.live()["shop/guards/level"][0] == "active"


def test_a_guard_that_is_put_back_is_healing_that_any_target_may_do_by_itself(applied: Bylaw) -> None:
    applied.commit({"bylaw.yaml": settings("drift: heal-narrowing")})
    applied.ok("reconcile")
    applied.tamper(SWITCHED_OFF)

    applied.ok("reconcile")

    assert applied.live()["shop/guards/level"][0] == "active"


def test_a_policy_that_was_removed_behind_our_back_comes_back_when_healing(applied: Bylaw) -> None:
    applied.tamper("update bylaw_policy_version set retired_at = created_at where text like '%arn:front%'")
    applied.tamper(REMOVED)
    assert applied.run("drift", "--detailed-exitcode").code == 6

    applied.ok("reconcile", "--heal")

    assert set(applied.live()) == applied.named("access/read-front", "guards/level")


def test_drift_of_one_policy_does_not_hold_up_the_change_of_another(drifted: Bylaw) -> None:
    drifted.commit({CAP: PERMIT.replace("100", "900")})

    drifted.run("reconcile")

    assert "900" in drifted.live()["shop/access/read-front"][1]
    assert drifted.live()["shop/guards/level"][0] == "log_only"


def test_the_journal_tells_who_healed(drifted: Bylaw) -> None:
    drifted.ok("reconcile", "--heal")

    intents = drifted.rows("select detail from bylaw_state_journal where kind = 'intent' order by number desc limit 1")
    assert '"heals":true' in intents[0][0].replace(" ", "")
