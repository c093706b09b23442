"""Going back is a commit, applied like any other."""

from tools.e2e.driver import CAP, Bylaw
from tools.pipeline.repositories import PERMIT


def test_a_rolled_back_policy_is_a_third_version_with_the_content_of_the_first(applied: Bylaw) -> None:
    first = applied.git("rev-parse", "HEAD")
    applied.commit({CAP: PERMIT.replace("100", "900")})
    applied.ok("reconcile")

    applied.ok("rollback", "shop", "access/read-front", "--to", first, "--reason", "Too much.")
    assert "Too much." in applied.git("log", "-1", "--format=%B")
    assert applied.git("status", "--porcelain") == ""
    applied.ok("reconcile")

    versions = applied.ok("history", "shop/access/read-front", "--format", "json").json["history"]["versions"]
    assert [version["number"] for version in versions] == [1, 2, 3]
    assert versions[2]["digest"] == versions[0]["digest"]
    assert versions[2]["commit"] == applied.git("rev-parse", "HEAD")
    assert applied.run("plan", "--detailed-exitcode").code == 0


def test_rolling_back_to_now_says_so_and_commits_nothing(applied: Bylaw) -> None:
    head = applied.git("rev-parse", "HEAD")

    result = applied.ok("rollback", "shop", "--to", "HEAD")

    assert "nothing to do" in result.stdout
    assert applied.git("rev-parse", "HEAD") == head


def test_uncommitted_work_is_not_overwritten_by_a_rollback(applied: Bylaw) -> None:
    first = applied.git("rev-parse", "HEAD")
    applied.commit({CAP: PERMIT.replace("100", "900")})
    (applied.root / CAP).write_text("my work\n")

    result = applied.run("rollback", "shop", "--to", first)

    assert result.code == 2
    assert (applied.root / CAP).read_text() == "my work\n"
