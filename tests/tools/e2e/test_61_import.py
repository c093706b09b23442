"""Policies that stood on a target before bylaw came: into files, reviewed, then adopted."""

from datetime import UTC, datetime
from pathlib import Path

from bylaw.backends.connection import random_id
from bylaw.backends.local.records import Draft, Origin
from bylaw.backends.local.store import open_store
from bylaw.model.effects import Effect, Mode
from tools.e2e.driver import Bylaw

FOREIGN = 'permit(principal, action == App::Action::"write", resource == App::Gateway::"arn:front");'
ELSEWHERE = 'permit(principal, action == App::Action::"read", resource);'


def paste(store: Path, engine: str, name: str, text: str, mode: Mode = Mode.ACTIVE, *, language: str = "cedar") -> None:
    """What somebody does in a console: a policy without our mark."""
    opened = open_store(f"sqlite:///{store}", lambda: datetime.now(UTC))
    try:
        with opened.writing(Origin(actor="console", run="")) as writer:
            draft = Draft(
                name=name,
                language=language,
                effect=Effect.PERMIT,
                mode=mode,
                text=text,
                description="",
                author="",
                commit="",
            )
            writer.create_policy(engine, draft, random_id())
    finally:
        opened.close()


def test_foreign_policies_become_files_and_then_ours(applied: Bylaw) -> None:
    paste(applied.store, "shop", "Pasted In Console", FOREIGN)
    paste(applied.store, "elsewhere", "theirs", ELSEWHERE)
    theirs = applied.live()["theirs"]

    written = applied.ok("import", "local")
    (path,) = [place.relative_to(applied.root).as_posix() for place in applied.root.glob("policies/shop/imported/*")]
    assert f"wrote {path}" in written.stdout
    assert 'App::Gateway::"front"' in (applied.root / path).read_text()
    assert "elsewhere" in written.stdout

    applied.commit_all("Bring the pasted policy into git")
    adopted = applied.ok("import", "local", "--adopt")

    assert "1 object adopted" in adopted.stdout
    assert applied.run("plan", "--detailed-exitcode").code == 0
    assert applied.run("drift", "--detailed-exitcode").code == 0
    assert applied.live()["theirs"] == theirs
    assert "Pasted In Console" not in applied.live() or applied.live()["Pasted In Console"][1] == FOREIGN


def test_a_dry_run_of_an_import_writes_nothing(applied: Bylaw) -> None:
    paste(applied.store, "shop", "pasted", FOREIGN)

    result = applied.ok("import", "local", "--dry-run")

    assert "would write policies/shop/imported/" in result.stdout
    assert applied.git("status", "--porcelain") == ""


def test_foreign_policies_survive_every_reconcile(applied: Bylaw) -> None:
    paste(applied.store, "shop", "pasted", FOREIGN)
    applied.ok("reconcile")
    applied.ok("reconcile", "--heal")

    assert applied.live()["pasted"] == ("active", FOREIGN)


def test_a_policy_that_was_only_logged_stays_so_when_it_is_imported(applied: Bylaw) -> None:
    paste(applied.store, "shop", "pasted", FOREIGN, Mode.LOG_ONLY)

    applied.ok("import", "local")
    applied.commit_all("Bring the pasted policy into git")
    applied.ok("import", "local", "--adopt")

    assert applied.run("plan", "--detailed-exitcode").code == 0
    assert "log_only" in {mode for mode, _ in applied.live().values()}


def test_what_was_adopted_can_be_deleted_through_git(applied: Bylaw) -> None:
    paste(applied.store, "shop", "pasted", FOREIGN)
    applied.ok("import", "local")
    applied.commit_all("Bring the pasted policy into git")
    applied.ok("import", "local", "--adopt")
    applied.ok("reconcile")
    (path,) = [place.relative_to(applied.root).as_posix() for place in applied.root.glob("policies/shop/imported/*")]

    applied.commit({path: None})
    applied.ok("reconcile")

    assert set(applied.live()) == applied.named("access/read-front", "guards/level")


def test_nothing_is_adopted_on_a_suspended_target(applied: Bylaw) -> None:
    paste(applied.store, "shop", "pasted", FOREIGN)
    applied.ok("import", "local")
    applied.ok("suspend", "local", "--until", "2100-01-01T00:00:00Z", "--reason", "an incident")
    applied.commit_all("Bring the pasted policy into git")
    before = applied.dump()

    result = applied.run("import", "local", "--adopt")

    assert result.code == 7
    assert "an incident" in result.stderr
    assert applied.dump() == before
