"""A database URL with a password is nowhere to be seen."""

import sqlite3

import pytest

from tools.cli.calling import Cli
from tools.pipeline.repositories import SETTINGS

CANARY = "hunter2-canary"
ENCODED = "p%40ss-canary"
FROM_ENVIRONMENT = SETTINGS.replace("    url: sqlite:///.bylaw/local.db\n", "    url_env: SHOP_DATABASE\n")
CALLS = (
    "check",
    "plan",
    "plan --format json",
    "plan -o plan.json",
    "reconcile",
    "reconcile --format json",
    "reconcile --format markdown",
    "reconcile --format github",
    "reconcile --loop --turns 1 --metrics m.prom",
    "drift",
    "history shop/guards/level",
    "import local",
    "import local --adopt",
    "unlock local",
    "compile --out bundles",
)
URLS = (
    f"postgresql://bylaw:{CANARY}@127.0.0.1:1/policies",
    f"postgresql://bylaw:{ENCODED}@127.0.0.1:1/policies?application_name={CANARY}",
    f"postgres://{CANARY}:{CANARY}@[::1]:1/policies",
    f"mysql://bylaw:{CANARY}@127.0.0.1/policies",
    f"nonsense {CANARY}",
    f"sqlite:///x.db?password={CANARY}",
)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("call", CALLS)
def test_no_output_and_no_file_repeats_a_password(
    shop: Cli, monkeypatch: pytest.MonkeyPatch, call: str, url: str
) -> None:
    shop.commit({"bylaw.yaml": FROM_ENVIRONMENT})
    monkeypatch.setenv("SHOP_DATABASE", url)
    monkeypatch.setattr("time.sleep", lambda _: None)

    called = shop.run(*call.split())

    written = "".join(
        place.read_bytes().decode(errors="replace")
        for place in shop.root.rglob("*")
        if place.is_file() and ".git" not in place.parts
    )
    for word in (CANARY, ENCODED, "p@ss-canary"):
        assert word not in called.all
        assert word not in written
    assert "Traceback" not in called.all
    assert "internal error" not in called.all


def test_a_variable_that_is_not_set_is_named(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.commit({"bylaw.yaml": FROM_ENVIRONMENT})
    monkeypatch.delenv("SHOP_DATABASE", raising=False)

    called = shop.run("plan")

    assert called.code == 2
    assert "SHOP_DATABASE" in called.stderr


def test_plan_journal_and_store_hold_nothing_of_the_environment(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.commit({"bylaw.yaml": FROM_ENVIRONMENT})
    folder = shop.root / CANARY
    folder.mkdir()
    monkeypatch.setenv("SHOP_DATABASE", f"sqlite:///{folder}/store.db")
    monkeypatch.setenv("SHOP_TOKEN", CANARY)

    called = shop.ok("reconcile", "--format", "json")
    shop.ok("plan", "-o", "plan.json")

    store = sqlite3.connect(folder / "store.db")
    dump = "\n".join(store.iterdump())
    store.close()
    assert CANARY not in called.all
    assert CANARY not in dump
    assert CANARY not in shop.read("plan.json")
