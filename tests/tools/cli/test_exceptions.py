"""Exceptions from policies in every verb: written, listed, deployed, over."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from bylaw.model.exit_codes import ExitCode
from tools.cli.calling import Called, Cli
from tools.cli.test_governance import APP, FILES
from tools.e2e.test_61_import import paste
from tools.pipeline import repositories

BEFORE, LATER, AFTER = "2026-03-01T09:00:00Z", "2026-03-29T09:00:00Z", "2026-04-01T00:00:00Z"
PATH = "policies/courier/exceptions/storm.yaml"
EXCEPTION = """policy: courier
reason: twice the parcels after the storm
approver: ann@example.com
agent: courier-bot
actions: [deliver]
rules: [rate_limits]
expires_at: 2026-04-01T00:00:00Z
"""
CEDAR_PATH = "policies/shop/exceptions/audit.yaml"
CEDAR_EXCEPTION = """policy: guards/level
reason: the auditors read before their level is set
approver: ann@example.com
agent: App::User::"new"
actions: ['App::Action::"read"']
expires_at: 2026-04-01T00:00:00Z
"""
STORMY_PATH = "tests/policies/courier/storm.yaml"
STORMY = """suite: storm
about: what the exception for the storm lifts
agent: courier-bot
run: run-1
exceptions: [storm]
tests:
  - name: the storm lifts the limit
    events:
      - {action: pick_up, succeeded: true}
      - {action: deliver, times: 3, arguments: {to: DE-1}}
    expect: allow
"""


def at(cli: Cli, moment: str, *arguments: str) -> Called:
    cli.patch.setenv("BYLAW_NOW", moment)
    return cli.run(*arguments)


def deployed(cli: Cli) -> dict[str, str]:
    with sqlite3.connect(cli.root / ".bylaw/local.db") as store:
        return dict(
            store.execute(
                "select p.name, v.text from bylaw_policy p join bylaw_policy_version v on v.policy_id = p.id"
                " where p.deleted_at is null and v.retired_at is null"
            )
        )


@pytest.fixture(scope="module")
def storm_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("storm") / "policies"
    repositories.repository(root)
    shutil.rmtree(root / "policies")
    shutil.rmtree(root / "tests")
    repositories.commit(root, {**FILES, PATH: EXCEPTION, STORMY_PATH: STORMY})
    return root


@pytest.fixture
def storm(cli: Cli, storm_root: Path, tmp_path: Path) -> Cli:
    return cli.at(Path(shutil.copytree(storm_root, tmp_path / "policies")))


@pytest.mark.parametrize("call", ["check", "fmt --check", "validate", "lint", "test --mutate", "compile", "plan"])
def test_beside_an_exception_the_verb_succeeds(storm: Cli, call: str) -> None:
    called = at(storm, BEFORE, *call.split())

    assert called.code == ExitCode.OK, called.all


@pytest.mark.parametrize(("moment", "standing"), [(BEFORE, "open"), (LATER, "expiring"), (AFTER, "expired")])
def test_the_list_says_how_far_each_is(storm: Cli, moment: str, standing: str) -> None:
    text = at(storm, moment, "exceptions", "list").stdout
    (listed,) = at(storm, moment, "exceptions", "list", "courier", "--format", "json").json["exceptions"]

    assert text.startswith(f"{standing:<9}courier/storm  from courier  {PATH}:1:1\n")
    assert "the agent courier-bot\n" in text
    assert "twice the parcels after the storm (agreed by ann@example.com)" in text
    assert (listed["standing"], listed["rules"], listed["max_uses"]) == (standing, ["rate_limits"], None)


def test_without_exceptions_the_list_says_so(storm: Cli) -> None:
    storm.write(PATH, None)
    storm.write(STORMY_PATH, None)

    assert storm.ok("exceptions", "list").stdout == "no exceptions\n"


def test_an_exception_that_is_over_leaves_the_target_without_a_commit(storm: Cli) -> None:
    assert at(storm, BEFORE, "reconcile", "--target", "local").code == ExitCode.OK
    assert '"actions": ["deliver"]' in deployed(storm)["courier/exceptions/storm"]

    planned = at(storm, AFTER, "plan", "--target", "local")
    assert "courier/exceptions/storm" in planned.stdout
    again = at(storm, AFTER, "reconcile", "--target", "local")

    assert again.code == ExitCode.OK, again.all
    for called in (planned, again):
        assert "the exception `storm` ended on 2026-04-01 00:00 UTC and takes no part" in called.all
        assert f"{PATH}:7:1" in called.all
    assert set(deployed(storm)) == {"courier/courier", "courier/everybody"}
    assert "no changes" in at(storm, AFTER, "plan", "--target", "local").stdout


def test_an_exception_that_somebody_put_there_is_imported_as_nothing(storm: Cli) -> None:
    assert at(storm, BEFORE, "reconcile", "--target", "local").code == ExitCode.OK
    text = deployed(storm)["courier/exceptions/storm"]
    paste(storm.root / ".bylaw/local.db", "courier", "by-hand", text, language="governance")

    called = at(storm, BEFORE, "import", "local")

    assert "it is no policy of governance" in called.all
    assert not (storm.root / "policies/courier/imported").exists()


def test_an_exception_is_a_change_that_widens(storm: Cli) -> None:
    storm.write(PATH, EXCEPTION.replace("[rate_limits]", "[rate_limits, evidence]"))
    assert "exceptions/storm" in at(storm, BEFORE, "diff", "HEAD").stdout
    assert at(storm, BEFORE, "diff", "HEAD", "--fail-on", "widens").code == ExitCode.FINDINGS

    storm.commit({})
    storm.write(PATH, None)
    assert at(storm, BEFORE, "diff", "HEAD", "--fail-on", "widens").code == ExitCode.OK


REFUSED = {
    "a policy that there is not": ("policy: courier", "policy: postman", f"{PATH}:1:1", "the app has no policy `postman`"),
    "for nobody": ("agent: courier-bot\n", "", PATH, "an exception is for an `agent` or a `run`"),
    "without an end": ("expires_at: 2026-04-01T00:00:00Z\n", "", PATH, "give `expires_at` or `max_uses`"),
    "without a reason": ("reason: twice the parcels after the storm\n", "", PATH, "reason"),
    "a time without an offset": ("00:00Z", "00:00", f"{PATH}:7:13", "expires_at"),
    "a stage that is none": ("[rate_limits]", "[rates]", f"{PATH}:6:9", "rates"),
    "a stage that nothing lifts": ("[rate_limits]", "[pii]", f"{PATH}:6:9", "pii"),
    "an unknown key": ("actions:", "action:", f"{PATH}:5:1", "unknown key `action`"),
    "no uses": ("expires_at: 2026-04-01T00:00:00Z", "max_uses: 0", f"{PATH}:7:11", "max_uses"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_exception_is_refused_at_its_place(storm: Cli, name: str) -> None:
    old, new, place, told = REFUSED[name]
    assert old in EXCEPTION
    storm.write(PATH, EXCEPTION.replace(old, new, 1))

    called = at(storm, BEFORE, "validate")

    assert called.code == ExitCode.INVALID_INPUT
    assert place in called.all
    assert told in called.all


def test_no_exception_lifts_what_is_protected(storm: Cli) -> None:
    storm.write("policies/courier/app.yaml", f"{APP}protected: [cour*]\n")

    called = at(storm, BEFORE, "validate")

    assert called.code == ExitCode.INVALID_INPUT
    assert "`courier` is protected: no exception lifts it" in called.all


def test_a_suite_names_only_exceptions_that_there_are(storm: Cli) -> None:
    storm.write(STORMY_PATH, STORMY.replace("[storm]", "[strom]"))

    called = at(storm, BEFORE, "test")

    assert called.code == ExitCode.INVALID_INPUT
    assert "the app has no exception `strom`" in called.all
    assert "did you mean `storm`?" in called.all


def test_egress_rules_have_none(cli: Cli, tmp_path: Path) -> None:
    web = cli.at(tmp_path)
    web.ok("init", ".", "--language", "http-rules")
    (app,) = (path.parent.name for path in Path("policies").glob("*/app.yaml"))
    web.write(f"policies/{app}/exceptions/storm.yaml", EXCEPTION)

    called = web.run("validate")

    assert called.code == ExitCode.INVALID_INPUT
    assert "egress rules have no exceptions" in called.all


def test_a_forbid_is_deployed_with_its_exceptions_until_they_are_over(shop: Cli) -> None:
    shop.commit({CEDAR_PATH: CEDAR_EXCEPTION})

    assert at(shop, BEFORE, "reconcile", "--target", "local").code == ExitCode.OK
    with_it = deployed(shop)["shop/guards/level"]
    called = at(shop, AFTER, "reconcile", "--target", "local")

    assert 'unless { principal == App::User::"new" && [App::Action::"read"].contains(action) }' in with_it
    assert "the exception `audit` ended on" in called.all
    assert "unless" not in deployed(shop)["shop/guards/level"]


CEDAR_REFUSED = {
    "a permit": ("guards/level", "access/read-front", "is no forbid, and there is nothing to lift"),
    "no entity": ('App::User::"new"', "new", "`new` is no entity"),
    "a type the schema lacks": ("App::User", "App::Robot", "does not fit the schema"),
    "a count": ("expires_at: 2026-04-01T00:00:00Z", "max_uses: 3", "Cedar cannot count or compare `max_uses`"),
    "a run": ("actions:", "run: r1\nactions:", "Cedar cannot count or compare `run`"),
}


@pytest.mark.parametrize("name", CEDAR_REFUSED)
def test_what_cedar_cannot_lift_is_refused(shop: Cli, name: str) -> None:
    old, new, told = CEDAR_REFUSED[name]
    assert old in CEDAR_EXCEPTION
    shop.write(CEDAR_PATH, CEDAR_EXCEPTION.replace(old, new, 1))

    called = at(shop, BEFORE, "validate")

    assert called.code == ExitCode.INVALID_INPUT
    assert told in called.all
    assert f"{CEDAR_PATH}:" in called.all


def test_an_exception_from_a_forbid_widens_for_one_principal(shop: Cli) -> None:
    shop.write(CEDAR_PATH, CEDAR_EXCEPTION)

    called = at(shop, BEFORE, "diff", "HEAD", "--fail-on", "widens")

    assert called.code == ExitCode.FINDINGS
    assert 'App::User::"new"' in called.stdout


KEY = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize("path", [PATH, "policies/courier/courier.yaml", "policies/courier/app.yaml"])
def test_a_secret_is_told_wherever_it_stands_and_not_repeated(storm: Cli, path: str) -> None:
    storm.write(path, f"{storm.read(path)}# the key is {KEY}\n")

    called = at(storm, BEFORE, "lint")

    assert called.code == ExitCode.FINDINGS
    assert "error[secret-in-policy]: this looks like an AWS access key" in called.all
    assert f"{path}:{len(storm.read(path).splitlines())}:14" in called.all
