"""Looking writes nothing."""

import pytest

from tools.e2e.driver import Bylaw


@pytest.mark.parametrize("verb", [("plan",), ("drift",), ("plan", "--detailed-exitcode", "--show-text")])
def test_planning_a_target_that_does_not_exist_makes_no_database(bylaw: Bylaw, verb: tuple[str, ...]) -> None:
    before = bylaw.git("status", "--porcelain", "--ignored")

    result = bylaw.run(*verb, "--target", "local")

    assert result.code == (6 if "--detailed-exitcode" in verb else 0)
    assert not bylaw.store.parent.exists()
    assert bylaw.git("status", "--porcelain", "--ignored") == before


def test_planning_an_applied_target_leaves_every_row_as_it_was(applied: Bylaw) -> None:
    before = applied.dump()

    applied.ok("plan", "--target", "local")
    applied.ok("drift", "--target", "local")
    applied.ok("history", "shop/guards/level")

    assert applied.dump() == before


def test_the_first_plan_shows_every_policy_as_new(bylaw: Bylaw) -> None:
    (plan,) = bylaw.ok("plan", "--format", "json").json["plans"]

    assert [(change["kind"], change["policy"]) for change in plan["changes"]] == [
        ("put-schema", None),
        ("create", "shop/guards/level"),
        ("create", "shop/access/read-front"),
    ]
