"""`bylaw doctor` finds what would make an apply fail, says what to do, and writes nothing."""

import sqlite3
from pathlib import Path

import pytest

from tools.cli.calling import Cli
from tools.pipeline.repositories import SETTINGS


def store(cli: Cli) -> Path:
    return cli.root / ".bylaw/local.db"


def tamper(cli: Cli, statement: str) -> None:
    with sqlite3.connect(store(cli)) as connection:
        connection.execute(statement)
    connection.close()


def test_a_target_that_was_never_applied_to_is_good_and_stays_untouched(shop: Cli) -> None:
    called = shop.ok("doctor")

    assert "never applied to" in called.stdout
    assert not store(shop).exists()


def test_a_target_in_order_is_good(deployed: Cli) -> None:
    before = store(deployed).read_bytes()

    called = deployed.ok("doctor")

    assert "2 policies of ours, 0 foreign objects" in called.stdout
    assert "!" not in called.stdout
    assert store(deployed).read_bytes() == before


DOUBTFUL = {
    "no permit in force": (
        "update bylaw_policy set mode = 'log_only' where name like '%read-front'",
        "engine `shop` has no permit in force",
    ),
    "a lease that nobody gave back": (
        "update bylaw_state_lease set nonce = 'n', holder = 'eve', expires = '2100-01-01 00:00:00'",
        "the lease is held by eve until 2100-01-01",
    ),
    "a run that did not end": (
        "delete from bylaw_state_journal where kind = 'end'",
        "the last run did not end",
    ),
}


@pytest.mark.parametrize("what", DOUBTFUL)
def test_what_is_doubtful_is_told_and_fails_nothing(deployed: Cli, what: str) -> None:
    statement, told = DOUBTFUL[what]
    with sqlite3.connect(store(deployed)) as connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f'drop trigger "{name}"')
    connection.close()
    tamper(deployed, statement)

    assert told in deployed.ok("doctor").stdout


def test_a_suspension_is_told(shop: Cli) -> None:
    shop.ok("suspend", "local", "--until", "2100-01-01T00:00:00Z", "--reason", "an incident")

    assert "writes are suspended until 2100-01-01 00:00" in shop.ok("doctor").stdout


BAD = {
    "a backend that does not exist": (
        SETTINGS.replace("backend: local", "backend: lokal"),
        "unknown backend kind `lokal`",
    ),
    "a variable that is not set": (
        SETTINGS.replace("url: sqlite:///.bylaw/local.db", "url_env: STORE_URL"),
        "takes its URL from `STORE_URL`, which is not set",
    ),
    "a store that is no database": (SETTINGS.replace(".bylaw/local.db", "bylaw.yaml"), "database"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_would_fail_an_apply_fails_the_examination(shop: Cli, what: str) -> None:
    settings, told = BAD[what]
    shop.write("bylaw.yaml", settings)

    called = shop.run("doctor")

    assert called.code == 5
    assert told in called.stdout
    assert "✗" in called.stdout


def test_the_examination_as_values(deployed: Cli) -> None:
    (target,) = deployed.ok("doctor", "--format", "json").json["doctor"]

    assert (target["target"], target["health"]) == ("local", "good")
    assert {probe["what"] for probe in target["probes"]} == {"settings", "memory", "reachability", "inventory"}
