"""Whatever is wrong with a call, it ends with the right code and a message that was written for it."""

import pytest

from tools.cli.calling import Cli
from tools.pipeline.repositories import SETTINGS

USAGE = 2
INVALID = 3

WRONG: dict[str, tuple[str, int, str]] = {
    "an unknown verb is answered with the nearest one": ("chek", USAGE, "did you mean `bylaw check`?"),
    "an unknown option": ("check --fats", USAGE, "--fats"),
    "an unknown format": ("check --format yaml", USAGE, "yaml"),
    "an unknown app to check": ("check shpo", USAGE, "shpo"),
    "an unknown app to lint": ("lint shpo", USAGE, "shpo"),
    "an unknown app to test": ("test shpo", USAGE, "shpo"),
    "an unknown app to validate": ("validate shpo", USAGE, "shpo"),
    "an unknown app to compile": ("compile shpo", USAGE, "shpo"),
    "an unknown app to decide for": ("eval shpo --principal A --action B --resource C", USAGE, "shpo"),
    "an unknown target to plan": ("plan --target prod", USAGE, "no target `prod`"),
    "an unknown target to reconcile": ("reconcile --target prod", USAGE, "no target `prod`"),
    "an unknown target to look at": ("drift --target prod", USAGE, "no target `prod`"),
    "an unknown target to import from": ("import prod", USAGE, "no target `prod`"),
    "an unknown target to adopt on": ("import prod --adopt", USAGE, "no target `prod`"),
    "an unknown target to unlock": ("unlock prod", USAGE, "no target `prod`"),
    "an unknown target in a history": ("history shop/guards/level --target prod", USAGE, "no target `prod`"),
    "an unknown target to suspend": ("suspend prod --until 2100-01-01T00:00:00Z --reason why", USAGE, "prod"),
    "an unknown target to resume": ("resume prod", USAGE, "prod"),
    "an unknown target to compile for": ("compile --target prod", USAGE, "prod"),
    "an unknown revision to plan": ("plan --rev nowhere", USAGE, "nowhere"),
    "an unknown revision to guard by": ("plan --guard nowhere", USAGE, "nowhere"),
    "an unknown revision to reconcile": ("reconcile --rev nowhere", USAGE, "nowhere"),
    "an unknown revision to loop on": ("reconcile --loop --turns 1 --rev nowhere", USAGE, "nowhere"),
    "an unknown revision to compare with": ("diff nowhere", USAGE, "nowhere"),
    "an unknown revision to compare to": ("diff HEAD nowhere", USAGE, "nowhere"),
    "an unknown revision to compile": ("compile --rev nowhere", USAGE, "nowhere"),
    "an unknown revision to go back to": ("rollback shop --to nowhere", USAGE, "nowhere"),
    "an unknown revision to test since": ("test --changed nowhere", USAGE, "nowhere"),
    "a revision that is an option of git": ("plan --rev=--output=/tmp/x", USAGE, "--output=/tmp/x"),
    "an unknown app to roll back": ("rollback shpo --to HEAD", USAGE, "policies/shpo"),
    "an unknown policy to roll back": ("rollback shop nothing --to HEAD", USAGE, "policies/shop/nothing"),
    "a policy that is no name": ("history NOT-A-NAME", USAGE, "app/area/policy"),
    "a plan file that is not there": ("apply plan.json", USAGE, "plan.json"),
    "a plan file that is a folder": ("apply policies", USAGE, "policies"),
    "a report that cannot be written": ("check --output no/such/folder", USAGE, "no/such/folder"),
    "a plan that cannot be written": ("plan -o no/such/folder", USAGE, "no/such/folder"),
    "JUnit that cannot be written": ("test --junit no/such/folder", USAGE, "no/such/folder"),
    "LCOV that cannot be written": ("test --lcov no/such/folder", USAGE, "no/such/folder"),
    "Cobertura that cannot be written": ("test --cobertura no/such/folder", USAGE, "no/such/folder"),
    "metrics that cannot be written": ("reconcile --loop --turns 1 --metrics no/such/file", USAGE, "no/such/file"),
    "bundles that would overwrite a file": ("compile --out bylaw.yaml", USAGE, "bylaw.yaml"),
    "bundles among other files": ("compile --out policies", USAGE, "not an empty folder"),
    "a coverage gate that is none": ("test --fail-under lines=3", USAGE, "lines=3"),
    "a coverage gate over a hundred": ("test --fail-under policy=101", USAGE, "policy=101"),
    "a file to format that is not there": ("fmt nothing.cedar", USAGE, "no file or folder `nothing.cedar`"),
    "a policy of an app that is not there": ("new policy desk/limits/cap", USAGE, "bylaw new app desk"),
    "a suite of an app that is not there": ("new suite desk/limits", USAGE, "bylaw new app desk"),
    "an argument that is missing": ("diff", USAGE, "error[usage]: missing argument `BASE`"),
    "an option that does not exist": ("diff --fats", USAGE, "error[usage]: no such option `--fats`"),
    "a coverage gate that is no number": ("test --fail-under policy=all", USAGE, "policy=all"),
    "a time that is none": ("suspend local --until tomorrow --reason why", USAGE, "tomorrow"),
    "a time that is over": ("suspend local --until 2000-01-01T00:00:00Z --reason why", USAGE, "2000-01-01"),
    "a time without a zone": ("suspend local --until 2100-01-01T00:00:00 --reason why", USAGE, "2100-01-01"),
    "a suspension without a reason": ("suspend local --until 2100-01-01T00:00:00Z", USAGE, "--reason"),
    "a context that is not JSON": ("eval shop --principal A --action B --resource C --context {", USAGE, "--context"),
    "an entity that is none": ("eval shop --principal ann --action B --resource C", USAGE, "ann"),
    "a shell nobody has": ("completion tcsh", USAGE, "tcsh"),
    "an interval of nothing": ("reconcile --loop --interval 0", USAGE, "--interval"),
    "an app that cannot be named so": ("new app Shop", USAGE, "Shop"),
    "a policy that cannot be named so": ("new policy ../../x", USAGE, "../../x"),
    "a suite that cannot be named so": ("new suite shop/../x", USAGE, "shop/../x"),
    "a rule that cannot be named so": ("new rule ../x", USAGE, "../x"),
    "a new app over an old one": ("new app shop", USAGE, "exists"),
    "a new repository over an old one": ("init", USAGE, "exists"),
    "a lease that is not that one": ("unlock local --nonce wrong", 0, "not leased"),
}


@pytest.mark.parametrize(("call", "code", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_is_told_what_is_wrong(shop: Cli, call: str, code: int, said: str) -> None:
    called = shop.run(*call.split())

    assert called.code == code, called.all
    assert said in called.all
    assert "Traceback" not in called.all
    assert "internal error" not in called.all


NEEDS_REPOSITORY = (
    "check",
    "fmt",
    "validate",
    "lint",
    "test",
    "eval shop --principal A --action B --resource C",
    "compile",
    "plan",
    "reconcile",
    "drift",
    "history shop/guards/level",
    "import local",
    "suspend local --until 2100-01-01T00:00:00Z --reason why",
    "resume local",
    "unlock local",
)


@pytest.mark.parametrize("call", NEEDS_REPOSITORY)
def test_outside_of_a_policy_repository_the_way_in_is_named(empty: Cli, call: str) -> None:
    called = empty.run(*call.split())

    assert called.code == USAGE, called.all
    assert "bylaw init" in called.stderr or "git init" in called.stderr


@pytest.mark.parametrize(
    "call", ["plan", "reconcile", "drift", "diff HEAD", "rollback shop --to HEAD", "compile --rev HEAD"]
)
def test_what_needs_git_says_so_where_there_is_none(empty: Cli, call: str) -> None:
    empty.write("bylaw.yaml", SETTINGS)

    called = empty.run(*call.split())

    assert called.code == USAGE, called.all
    assert "git" in called.stderr


BROKEN: dict[str, tuple[str, str | bytes, str]] = {
    "YAML that cannot be read": ("bylaw.yaml", "version: [1\n", "bylaw.yaml:"),
    "a key that settings do not have": ("bylaw.yaml", SETTINGS.replace("owner:", "ownre:"), "ownre"),
    "settings that are not UTF-8": ("bylaw.yaml", b"version: 1\n# \xff\n", "bylaw.yaml"),
    "a policy that cannot be read": (
        "policies/shop/guards/level.cedar",
        "forbid (",
        "policies/shop/guards/level.cedar:",
    ),
    "a policy that is not UTF-8": (
        "policies/shop/guards/level.cedar",
        b"forbid \xff",
        "policies/shop/guards/level.cedar",
    ),
    "two statements in one file": (
        "policies/shop/guards/level.cedar",
        "forbid (principal, action, resource);\nforbid (principal, action, resource);\n",
        "policies/shop/guards/level.cedar:2",
    ),
    "a schema that cannot be read": ("schemas/shop.cedarschema", "namespace {", "schemas/shop.cedarschema"),
    "an app that names no schema": ("policies/shop/app.yaml", "app: shop\n", "policies/shop/app.yaml"),
    "a suite that cannot be read": ("tests/policies/shop/basics.yaml", "suite: [\n", "tests/policies/shop/basics.yaml"),
}


@pytest.mark.parametrize(("path", "text", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_a_diagnostic_with_its_place(shop: Cli, path: str, text: str | bytes, said: str) -> None:
    place = shop.root / path
    place.write_bytes(text if isinstance(text, bytes) else text.encode())

    called = shop.run("check")

    assert called.code == INVALID, called.all
    assert said in called.all
    assert "Traceback" not in called.all


@pytest.mark.parametrize("verb", ["fmt", "validate", "lint", "test", "compile"])
def test_every_offline_verb_refuses_a_policy_that_cannot_be_read(shop: Cli, verb: str) -> None:
    shop.write("policies/shop/guards/level.cedar", "forbid (")

    called = shop.run(verb)

    assert called.code == INVALID, called.all
    assert "policies/shop/guards/level.cedar:1" in called.all


@pytest.mark.parametrize("verb", ["plan", "reconcile", "drift"])
def test_every_deploying_verb_refuses_a_commit_that_does_not_read(shop: Cli, verb: str) -> None:
    shop.commit({"policies/shop/guards/level.cedar": "forbid ("})

    called = shop.run(verb)

    assert called.code == INVALID, called.all
    assert "policies/shop/guards/level.cedar:1" in called.stderr
    assert not (shop.root / ".bylaw").exists()


def test_a_database_that_cannot_be_opened_is_named_without_a_traceback(shop: Cli) -> None:
    shop.write(".bylaw/local.db", "this is no database, and long enough to be looked at as one" * 20)

    called = shop.run("plan")

    assert called.code != 0
    assert "local.db`: file is not a database" in called.stderr
    assert "Traceback" not in called.all
    assert "internal error" not in called.all


def test_a_bug_of_ours_ends_with_1_and_a_message_instead_of_a_traceback(
    shop: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret-laden detail")

    monkeypatch.setattr("bylaw.cli.checking.check", broken)

    called = shop.run("check")

    assert called.code == 1
    assert "internal error: ZeroDivisionError" in called.stderr
    assert "secret-laden" not in called.all
    assert "Traceback" not in called.all


def test_a_bug_of_ours_shows_its_traceback_when_asked_to(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bylaw.cli.checking.check", broken)
    monkeypatch.setenv("BYLAW_TRACEBACK", "1")

    with pytest.raises(ZeroDivisionError):
        shop.run("check")


@pytest.mark.parametrize("now", ["yesterday", "", "2026-99-01T00:00:00Z"])
def test_a_clock_that_cannot_be_read_is_a_usage_error(shop: Cli, monkeypatch: pytest.MonkeyPatch, now: str) -> None:
    monkeypatch.setenv("BYLAW_NOW", now)

    called = shop.run("check")

    assert called.code == USAGE, called.all
    assert "BYLAW_NOW" in called.stderr
