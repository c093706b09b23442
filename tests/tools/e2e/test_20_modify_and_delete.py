"""What git changes, changes on the target, and nothing beside it."""

from tools.e2e.driver import CAP, Bylaw
from tools.pipeline.repositories import PERMIT

EXTRA = "policies/shop/access/write-front.cedar"


def test_a_changed_bound_is_a_new_version_beside_the_retired_one(applied: Bylaw) -> None:
    changed = applied.commit({CAP: PERMIT.replace("100", "900")})

    applied.ok("reconcile")

    assert "900" in applied.live()["shop/access/read-front"][1]
    versions = applied.ok("history", "shop/access/read-front", "--format", "json").json["history"]["versions"]
    assert [(version["number"], version["status"]) for version in versions] == [(1, "retired"), (2, "active")]
    assert versions[1]["commit"] == changed
    assert versions[0]["active"][0]["to"] is not None
    assert applied.run("plan", "--detailed-exitcode").code == 0


def test_an_added_policy_appears_and_a_removed_one_goes(applied: Bylaw) -> None:
    applied.commit({EXTRA: PERMIT.replace('"read"', '"write"')})
    applied.ok("reconcile")
    assert set(applied.live()) == applied.named("access/read-front", "access/write-front", "guards/level")

    applied.commit({EXTRA: None})
    applied.ok("reconcile")

    assert set(applied.live()) == applied.named("access/read-front", "guards/level")
    assert applied.run("plan", "--detailed-exitcode").code == 0


def test_a_policy_that_comes_back_goes_on_counting_its_versions(applied: Bylaw) -> None:
    for text in (PERMIT.replace('"read"', '"write"'), None, PERMIT.replace('"read"', '"write"')):
        applied.commit({EXTRA: text})
        applied.ok("reconcile")

    history = applied.ok("history", "shop/access/write-front", "--format", "json").json["history"]

    assert [version["status"] for version in history["versions"]][-1] == "active"
    assert len(history["versions"]) == 2


def test_what_is_only_in_the_working_tree_is_not_deployed(applied: Bylaw) -> None:
    (applied.root / CAP).write_text(PERMIT.replace("100", "900"))

    assert applied.run("plan", "--detailed-exitcode").code == 0


def test_a_commit_that_does_not_compile_changes_nothing(applied: Bylaw) -> None:
    before = applied.dump()
    applied.commit({CAP: PERMIT.replace("context.amount", "context.amuont")})

    result = applied.run("reconcile")

    assert result.code == 3
    assert f"{CAP}:" in result.stderr
    assert applied.dump() == before


def test_an_older_commit_is_refused(applied: Bylaw) -> None:
    first = applied.git("rev-parse", "HEAD")
    applied.commit({CAP: PERMIT.replace("100", "900")})
    applied.ok("reconcile")

    result = applied.run("reconcile", "--rev", first)

    assert result.code == 10
    assert "bylaw rollback" in result.stderr
    assert "900" in applied.live()["shop/access/read-front"][1]
