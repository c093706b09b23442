"""Limits refuse a plan before anything is written; a waiver lifts one of them, once."""

from tools.e2e.driver import CAP, LEVEL, Bylaw, settings, waiver
from tools.pipeline.repositories import FORBID, PERMIT, SETTINGS


def test_the_removal_of_a_forbid_is_refused_until_a_waiver_lifts_the_limit_once(applied: Bylaw) -> None:
    applied.commit({LEVEL: None})
    before = applied.dump()

    refused = applied.run("reconcile")
    assert refused.code == 7
    assert "forbid_removals" in refused.stderr
    assert applied.run("plan").code == 7
    assert applied.written_since(before) == ()

    applied.commit({"bylaw.yaml": SETTINGS + waiver("forbid_removals")})
    applied.ok("reconcile")
    assert set(applied.live()) == applied.named("access/read-front")

    applied.commit({LEVEL: FORBID})
    applied.ok("reconcile")
    applied.commit({LEVEL: None})
    spent = applied.run("reconcile")
    assert spent.code == 7
    assert "shop/guards/level" in applied.live()


def test_the_help_of_a_refusal_is_a_waiver_that_can_be_pasted(applied: Bylaw) -> None:
    applied.commit({LEVEL: None})

    result = applied.run("reconcile", BYLAW_NOW="2026-11-23T09:00:00Z")

    assert "waivers" in result.stderr
    assert "limit: forbid_removals" in result.stderr
    assert "target: local" in result.stderr


def test_a_weakened_forbid_counts_like_a_removed_one(applied: Bylaw) -> None:
    applied.commit({LEVEL: f'@enforcement("log_only")\n{FORBID}'})

    assert applied.run("reconcile").code == 7
    assert applied.live()["shop/guards/level"][0] == "active"


def test_a_plan_that_leaves_no_policy_is_refused(applied: Bylaw) -> None:
    applied.commit({CAP: None, LEVEL: None})

    result = applied.run("reconcile")

    assert result.code == 7
    assert "never_empty" in result.stderr


def test_more_deletes_than_the_limit_are_refused_by_name(applied: Bylaw) -> None:
    extra = {f"policies/shop/access/extra-{number}.cedar": PERMIT.replace("100", str(number)) for number in range(8)}
    applied.commit({"bylaw.yaml": settings("limits: {max_deletes: 1, max_change_ratio: 1}"), **extra})
    applied.ok("reconcile")
    applied.commit(dict.fromkeys(list(extra)[:2]))

    result = applied.run("reconcile")

    assert result.code == 7
    assert "2 deletes, limit 1 (targets.local.limits.max_deletes)" in result.stderr
    assert len(applied.live()) == 10


def test_limits_come_from_the_guarding_commit_where_one_is_named(applied: Bylaw) -> None:
    base = applied.git("rev-parse", "HEAD")
    applied.commit({LEVEL: None, "bylaw.yaml": SETTINGS + waiver("forbid_removals")})

    assert applied.run("plan").code == 0
    assert applied.run("plan", "--guard", base).code == 7
