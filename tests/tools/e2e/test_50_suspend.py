"""A suspended target is looked at and not touched."""

from datetime import UTC, datetime, timedelta

from tools.e2e.driver import CAP, Bylaw
from tools.pipeline.repositories import PERMIT, SETTINGS

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_suspended_target_refuses_writes_until_it_is_resumed(applied: Bylaw) -> None:
    applied.ok("suspend", "local", "--until", TOMORROW, "--reason", "an incident", "--by", "ann")
    applied.commit({CAP: PERMIT.replace("100", "900")})
    before = applied.dump()

    refused = applied.run("reconcile")
    assert refused.code == 7
    assert "an incident" in refused.stderr
    assert "ann" in refused.stderr
    assert applied.run("plan", "--detailed-exitcode").code == 6
    assert applied.run("drift").code == 0
    assert applied.dump() == before

    applied.ok("resume", "local")
    applied.commit_all("resume")
    applied.ok("reconcile")
    assert "900" in applied.live()["shop/access/read-front"][1]


def test_a_saved_plan_does_not_get_past_a_suspension(applied: Bylaw) -> None:
    applied.ok("suspend", "local", "--until", TOMORROW, "--reason", "an incident")
    applied.commit({CAP: PERMIT.replace("100", "900")})
    applied.ok("plan", "-o", "plan.json")

    assert applied.run("apply", "plan.json").code == 7


def test_a_suspension_ends_by_itself(applied: Bylaw) -> None:
    applied.ok("suspend", "local", "--until", TOMORROW, "--reason", "an incident")
    applied.commit({CAP: PERMIT.replace("100", "900")})

    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    result = applied.run("reconcile", BYLAW_NOW=later)

    assert result.code == 0, result.all


def test_suspend_and_resume_leave_the_rest_of_the_settings_as_it_was(applied: Bylaw) -> None:
    applied.ok("suspend", "local", "--until", TOMORROW, "--reason", "an incident")
    assert (applied.root / "bylaw.yaml").read_text() != SETTINGS

    applied.ok("resume", "local")

    assert (applied.root / "bylaw.yaml").read_text() == SETTINGS


def test_there_is_nothing_to_resume_where_nothing_is_suspended(applied: Bylaw) -> None:
    result = applied.run("resume", "local")

    assert (result.code, result.stdout) == (0, "`local` is not suspended\n")
    assert (applied.root / "bylaw.yaml").read_text() == SETTINGS
