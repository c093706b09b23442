"""`bylaw rollout status`: where policies are, in a real repository on a real store, with flips counted in a file."""

import json

import pytest

from tools.cli.calling import Cli
from tools.pipeline.repositories import PERMIT, SETTINGS

ROLLOUT = """    rollout:
      stages:
        - {mode: noop, dwell_hours: 1}
        - {mode: log_only, dwell_hours: 24, max_flips: 0}
        - {mode: active}
      flips: flips.yaml
"""
READ = "policies/shop/access/read-front.cedar"
STAGED = SETTINGS.replace("lint:", f"{ROLLOUT}lint:")


def at(monkeypatch: pytest.MonkeyPatch, time: str) -> None:
    monkeypatch.setenv("BYLAW_NOW", f"2026-11-{time}:00Z")


def position(cli: Cli) -> dict[str, object]:
    (target,) = json.loads(cli.ok("rollout", "status", "--format", "json").stdout)["rollout"]
    (found,) = target["on_the_way"]
    return dict(found)


def test_a_change_is_followed_from_commit_to_force(deployed: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "23T10:00")
    deployed.commit({"bylaw.yaml": STAGED, READ: PERMIT.replace("100", "50"), "tests/policies/shop/basics.yaml": None})
    deployed.ok("reconcile")
    assert "1 policy on the way into force" in deployed.ok("plan").stdout
    text = deployed.ok("rollout", "status").stdout
    assert "local: 1 policy as git says, 1 on the way" in text
    assert "noop     shop/access/read-front" in text
    assert "dwells until 2026-11-23 11:00 UTC" in text

    at(monkeypatch, "23T11:00")
    deployed.ok("reconcile")
    assert position(deployed)["stage"] == "log_only"
    at(monkeypatch, "25T00:00")
    deployed.ok("reconcile")
    assert position(deployed)["waits_for"] == "its decision flips up to 2026-11-24 11:00 UTC are not known"

    digest = str(position(deployed)["digest"])
    flips = {"version": 1, "until": "2026-11-24T11:00:00Z"}
    counted = {"shop/access/read-front": {"digest": digest[:12], "flips": 1}}
    deployed.write("flips.yaml", json.dumps({**flips, "policies": counted}))
    assert position(deployed)["waits_for"] == "1 decision flips, at most 0"
    counted["shop/access/read-front"]["flips"] = 0
    deployed.write("flips.yaml", json.dumps({**flips, "policies": counted}))
    deployed.ok("reconcile")

    assert "local: 2 policies as git says, 0 on the way" in deployed.ok("rollout", "status").stdout
    assert digest[:12] in deployed.ok("history", "shop/access/read-front").stdout


COUNTED = {"digest": "0" * 12, "flips": 0}
USELESS = {
    "of other content": {
        "version": 1,
        "until": "2026-11-30T00:00:00Z",
        "policies": {"shop/access/read-front": COUNTED},
    },
    "of other policies": {"version": 1, "until": "2026-11-30T00:00:00Z", "policies": {"shop/x": COUNTED}},
}


@pytest.mark.parametrize("what", USELESS)
def test_counts_that_say_nothing_promote_nothing(what: str, shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.commit({"bylaw.yaml": STAGED.replace("dwell_hours: 24, ", "")})
    shop.write("flips.yaml", json.dumps(USELESS[what]))
    for hour in ("23T10:00", "23T12:00", "23T14:00"):
        at(monkeypatch, hour)
        shop.ok("reconcile")

    text = shop.ok("rollout", "status").stdout

    assert text.count("are not known") == 2


@pytest.mark.parametrize(("content", "told"), [("a: [", "flips.yaml:2:1"), ("version: 1\n", "`until` is missing")])
def test_a_file_that_an_apply_would_pass_over_is_an_error_here(content: str, told: str, shop: Cli) -> None:
    shop.commit({"bylaw.yaml": STAGED})
    shop.write("flips.yaml", content)

    assert shop.ok("reconcile").stdout
    called = shop.run("rollout", "status")

    assert called.code == 3
    assert told in called.stderr


def test_a_target_without_stages_has_no_rollout(shop: Cli) -> None:
    called = shop.run("rollout", "status", "--target", "local")

    assert called.code == 2
    assert "`rollout`" in called.stderr


BAD = {
    "backwards": "[{mode: active}, {mode: log_only}]",
    "twice": "[{mode: log_only}, {mode: log_only}, {mode: active}]",
    "without an end": "[{mode: noop}, {mode: log_only}]",
    "flips without a mode for them": "[{mode: noop, max_flips: 1}, {mode: active}]",
    "a dwelling end": "[{mode: noop}, {mode: active, dwell_hours: 1}]",
}


@pytest.mark.parametrize("what", BAD)
def test_stages_that_make_no_sense_are_refused_with_their_place(what: str, shop: Cli) -> None:
    stages = f"    rollout: {{stages: {BAD[what]}}}\n"
    shop.write("bylaw.yaml", SETTINGS.replace("lint:", f"{stages}lint:"))

    called = shop.run("check")

    assert called.code == 3
    assert "bylaw.yaml:7:" in called.stderr + called.stdout
