"""A policy file that is renamed: nothing is lost on the way."""

from tools.e2e.driver import CAP, LEVEL, Bylaw, settings
from tools.pipeline.repositories import FORBID, PERMIT


def test_a_renamed_permit_is_created_before_the_old_one_goes(applied: Bylaw) -> None:
    applied.commit({CAP: None, "policies/shop/access/read-the-front.cedar": PERMIT})

    applied.ok("reconcile")

    assert set(applied.live()) == applied.named("access/read-the-front", "guards/level")
    assert applied.last_actions(2) == [("create", "shop/access/read-the-front"), ("delete", "shop/access/read-front")]


def test_a_renamed_forbid_needs_no_waiver_and_never_leaves_a_gap(applied: Bylaw) -> None:
    applied.commit({LEVEL: None, "policies/shop/guards/least-level.cedar": FORBID})

    applied.ok("reconcile")

    assert set(applied.live()) == applied.named("access/read-front", "guards/least-level")
    assert applied.last_actions(2) == [("create", "shop/guards/least-level"), ("delete", "shop/guards/level")]


def test_two_permits_that_swap_names_both_stay_in_force(applied: Bylaw) -> None:
    other = "policies/shop/access/write-front.cedar"
    write = PERMIT.replace('"read"', '"write"')
    applied.commit({other: write, "bylaw.yaml": settings("limits: {max_change_ratio: 1}")})
    applied.ok("reconcile")

    applied.commit({other: PERMIT, CAP: write})
    applied.ok("reconcile")

    live = applied.live()
    assert '"read"' in live["shop/access/write-front"][1]
    assert '"write"' in live["shop/access/read-front"][1]
    assert applied.run("plan", "--detailed-exitcode").code == 0
