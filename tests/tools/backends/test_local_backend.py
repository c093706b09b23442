"""The local store as a backend."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from bylaw.backends.database import open_database
from bylaw.backends.interface import Capabilities
from bylaw.backends.local.backend import LocalBackend
from bylaw.backends.local.tables import COMPONENT
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import ConflictError
from bylaw.model.identifiers import TargetId
from bylaw.model.marks import Mark
from tools.backends.opening import LocalOutsider, local_backend
from tools.contracts.backend_contract import BackendContract, Outsider, TransactionalContract
from tools.contracts.policies import ENGINE, OWNER, desired, statement
from tools.fakes.tiny_language import canonical


@pytest.fixture
def backend(url: str) -> Iterator[LocalBackend]:
    backend = local_backend(url)
    yield backend
    backend.close()


@pytest.fixture
def outsider(url: str) -> Iterator[Outsider]:
    outsider = LocalOutsider(url)
    yield outsider
    outsider.close()


class TestLocalBackend(BackendContract, TransactionalContract):
    """On each database."""


def tamper(url: str, statement: str, **values: str) -> None:
    """Run a statement as somebody who owns the database, and has switched the guards off."""
    triggers = ("bylaw_policy_version_no_update", "bylaw_policy_version_no_delete")
    database = open_database(url, COMPONENT)
    on_table = " on bylaw_policy_version" if database.dialect == "postgresql" else ""
    with database.writing() as connection:
        for trigger in triggers:
            connection.execute(text(f"drop trigger {trigger}{on_table}"))
        connection.execute(text(statement), values)
    database.close()


def test_it_says_what_it_can_do(backend: LocalBackend) -> None:
    assert backend.capabilities == Capabilities(
        kind="local",
        languages=frozenset({"cedar", "http-rules", "governance"}),
        transactional=True,
        modes=frozenset(Mode),
    )


def test_others_see_a_transaction_at_its_end(url: str, backend: LocalBackend) -> None:
    other = local_backend(url)
    backend.create(ENGINE, desired("one"), "1")
    before = other.observe()

    with backend.transaction():
        backend.create(ENGINE, desired("two"), "2")
        during = other.observe()
    after = other.observe()

    assert (during, len(after.objects)) == (before, 2)
    other.close()


def test_a_write_between_reading_and_writing_is_a_conflict(url: str, backend: LocalBackend) -> None:
    other = local_backend(url)
    seen = backend.create(ENGINE, desired(), "1")
    current = other.set_mode(seen, Mode.LOG_ONLY)

    with pytest.raises(ConflictError), backend.transaction():
        backend.update(seen, desired(text=statement(2)), "2")

    assert backend.observe().objects == (current,)
    other.close()


def test_a_version_that_was_never_ours_is_a_conflict(backend: LocalBackend) -> None:
    created = backend.create(ENGINE, desired(), "1")

    with pytest.raises(ConflictError, match="was never at version `latest`"):
        backend.delete(replace(created, version="latest"))


def test_tampered_text_is_read_anew(url: str, backend: LocalBackend) -> None:
    created = backend.create(ENGINE, desired(), "1")

    tamper(url, "update bylaw_policy_version set text = 'forbid  everything;'")

    (found,) = backend.observe().objects
    assert (found.text, found.effect, found.digest) == (
        "forbid  everything;",
        Effect.FORBID,
        digest_text("forbid everything;"),
    )
    assert found.mark == created.mark


def test_tampered_text_with_a_matching_digest_is_read_anew(url: str, backend: LocalBackend) -> None:
    backend.create(ENGINE, desired(), "1")
    forged = "forbid  everything;"

    tamper(
        url, "update bylaw_policy_version set text = :text, sha256 = :digest", text=forged, digest=digest_text(forged)
    )

    (found,) = backend.observe().objects
    assert (found.effect, found.digest) == (Effect.FORBID, digest_text("forbid everything;"))


def test_another_targets_objects_are_read_anew(backend: LocalBackend) -> None:
    loose = statement(3).replace(" ", "  ")
    theirs = Mark.of(OWNER, TargetId("stage"), desired().ref, digest_text(loose))

    created = backend.create(ENGINE, desired(text=loose, mark=theirs), "1")

    assert created.digest == digest_text(canonical(loose))


def test_what_we_write_is_audited_in_our_name_and_by_token(backend: LocalBackend) -> None:
    created = backend.create(ENGINE, desired(), "plan-1/change-1")
    with backend.transaction():
        changed = backend.update(created, desired(text=statement(2)), "plan-1/change-2")
    backend.delete(changed)

    with backend.store.reading() as reader:
        entries = reader.audit().items
    assert [(entry.actor, entry.run, entry.action) for entry in entries] == [
        ("ada", "plan-1/change-1", "create"),
        ("ada", "plan-1/change-2", "update"),
        ("ada", "", "delete"),
    ]


def test_versions_remember_who_wrote_which_commit(backend: LocalBackend) -> None:
    created = backend.create(ENGINE, desired(author="ada", commit="a" * 40), "1")
    backend.update(created, desired(text=statement(2), author="bob", commit="b" * 40), "2")

    with backend.store.reading() as reader:
        versions = reader.history(ENGINE, str(desired().ref))
    assert [(v.number, v.author, v.commit, v.sha256) for v in versions] == [
        (1, "ada", "a" * 40, digest_text(statement())),
        (2, "bob", "b" * 40, digest_text(statement(2))),
    ]


KILLED = """
import os, signal, sys
from tools.backends.opening import local_backend
from tools.contracts.policies import ENGINE, desired

backend = local_backend(sys.argv[1], "killed-")
backend.create(ENGINE, desired("before"), "1")
with backend.transaction():
    backend.create(ENGINE, desired("during"), "2")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_inside_a_transaction_leaves_none_of_it(url: str, backend: LocalBackend) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    killed = subprocess.run([sys.executable, "-c", KILLED, url], check=False, env=environment)
    found = backend.observe().objects

    assert killed.returncode == -signal.SIGKILL
    assert [str(live.mark.ref.policy) for live in found if live.mark] == ["before"]
    assert backend.create(ENGINE, desired("during"), "2").mark == desired("during").mark
