"""The first apply brings a target to what the commit says."""

from tools.e2e.driver import Bylaw


def test_everything_is_in_force_after_the_first_reconcile(bylaw: Bylaw) -> None:
    bylaw.ok("reconcile", "--target", "local")

    assert set(bylaw.live()) == {"shop/access/read-front", "shop/guards/level"}
    assert {mode for mode, _ in bylaw.live().values()} == {"active"}


def test_logical_names_are_physical_ones_on_the_target(applied: Bylaw) -> None:
    _, text = applied.live()["shop/access/read-front"]

    assert '"arn:front"' in text
    assert '"front"' not in text


def test_forbids_are_written_before_permits(applied: Bylaw) -> None:
    written = applied.rows(
        "select p.name from bylaw_audit a join bylaw_policy p on p.id = a.policy_id order by a.number"
    )

    assert [name for (name,) in written] == ["shop/guards/level", "shop/access/read-front"]


def test_the_history_names_author_and_commit_of_the_first_version(applied: Bylaw) -> None:
    history = applied.ok("history", "shop/guards/level", "--format", "json").json["history"]

    (version,) = history["versions"]
    assert (version["number"], version["status"]) == (1, "active")
    assert version["commit"] == applied.git("rev-parse", "HEAD")
    assert version["author"] == "Test <test@example.com>"
