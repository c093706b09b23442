"""Governance policies on a target that speaks Cedar: what it enforces, and what everybody is told that it does not."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bylaw.model.exit_codes import ExitCode
from tools.backends.policy_api.opening import serving
from tools.backends.policy_api.original import Noop, World, original
from tools.cli.calling import Cli
from tools.compile.governance_cedar.tools import TEXT
from tools.pipeline import repositories

APP = """app: bank
about: what the bots of the bank may do
owners: [team-bank]
language: governance
schema: schemas/bank.cedarschema
agents: {clerk: 'Agent::"clerk"'}
resource: 'Gateway::"front"'
logical: [Gateway]
targets:
  local: {}
  gate: {names: {Gateway: {front: "arn:front"}}}
protected: [everybody]
"""
EVERYBODY = """name: everybody
allowed_actions: [pay, look, mail]
denied_actions: [mail]
argument_constraints:
  pay: {required: [amount], properties: {amount: {exclusiveMinimum: 0, maximum: 500}}}
"""
CLERK = """name: clerk
scope: agent
target_id: clerk
allowed_actions: [pay, look]
"""
BUDGET = "run_budget: 2\n"
SETTINGS = """version: 1
owner: example/bank
targets:
  local: {backend: local, url: "sqlite:///.bylaw/local.db"}
  gate: {backend: policy-api, policy_api: {base_url: URL}}
"""
SUITE = """suite: paying
about: what is paid
agent: clerk
run: r
tests:
  - {name: a sum is, event: {action: pay, arguments: {amount: 5}}, expect: allow}
  - {name: a large one is not, event: {action: pay, arguments: {amount: 501}}, expect: deny}
"""
EVERYBODY_PATH, APP_PATH = "policies/bank/everybody.yaml", "policies/bank/app.yaml"
EXCEPTION_PATH = "policies/bank/exceptions/audit.yaml"
EXCEPTION = """policy: everybody
reason: the auditors write to customers in March
approver: ann@example.com
agent: clerk
actions: [mail]
rules: [denied_actions]
expires_at: 2026-04-01T00:00:00Z
"""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def bank(cli: Cli, world: World, tmp_path: Path) -> Iterator[Cli]:
    root = tmp_path / "policies"
    repositories.repository(root)
    shutil.rmtree(root / "policies")
    shutil.rmtree(root / "tests")
    with serving(original(world, Noop(world))) as url:
        files = {
            "bylaw.yaml": SETTINGS.replace("URL", f"'{url}'"),
            "schemas/bank.cedarschema": TEXT,
            APP_PATH: APP,
            EVERYBODY_PATH: EVERYBODY,
            "policies/bank/clerk.yaml": CLERK,
            "tests/policies/bank/paying.yaml": SUITE,
        }
        repositories.commit(root, dict(files))
        yield cli.at(root)


def statements(world: World) -> dict[str, str]:
    """By what it was made from."""
    texts = [policy["definition"] for policy in world.all_policies()]
    return {text.partition("policies/bank/")[2].partition('"')[0]: text for text in texts}


def test_what_cedar_can_say_is_deployed_applied_and_in_order(bank: Cli, world: World) -> None:
    bank.ok("check")
    bank.ok("plan", "--target", "gate", "-o", "plan.json")
    applied = bank.ok("apply", "plan.json")

    assert "not-enforced" not in applied.all
    assert "no changes" in bank.ok("plan", "--target", "gate").stdout
    assert "no drift" in bank.ok("drift", "--target", "gate").stdout
    found = statements(world)
    assert sorted(found) == [
        "clerk.yaml#allowed_actions",
        "everybody.yaml#allowed_actions",
        "everybody.yaml#argument_constraints.pay.properties.amount",
        "everybody.yaml#argument_constraints.pay.required.0",
        "everybody.yaml#denied_actions.0",
        "everybody.yaml#name",
    ]
    assert (
        'forbid (principal, action == Action::"mail", resource == Gateway::"arn:front");'
        in found["everybody.yaml#denied_actions.0"]
    )
    assert (
        'context.input.amount.lessThanOrEqual(decimal("500.0"))'
        in found["everybody.yaml#argument_constraints.pay.properties.amount"]
    )


def test_what_cedar_cannot_say_is_an_error_that_names_who_can(bank: Cli) -> None:
    bank.commit({EVERYBODY_PATH: EVERYBODY + BUDGET})

    for call in ("compile", "plan --target gate", "check", "reconcile --target gate"):
        called = bank.run(*call.split())
        assert called.code == ExitCode.INVALID_INPUT, call
        assert "`run_budget` of `bank/everybody` is not enforced by target `gate` (`policy-api`)" in called.all
        assert f"{EVERYBODY_PATH}:6:1" in called.all
        assert (
            "targets that can: `local`; `partial: true` for `gate` in `app.yaml` deploys the rest there" in called.all
        )


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_a_partial_deployment_lists_what_it_leaves_out(bank: Cli, world: World, form: str) -> None:
    partial = APP.replace("gate: {names", "gate: {partial: true, names")
    bank.commit({EVERYBODY_PATH: EVERYBODY + BUDGET, APP_PATH: partial})

    planned = bank.ok("plan", "--target", "gate", "--format", form, "-o", "plan.json")
    applied = bank.ok("apply", "plan.json", "--format", form)
    again = bank.ok("reconcile", "--target", "gate", "--format", form)

    for called in (planned, applied, again):
        assert "not-enforced" in called.all
        assert "run_budget" in called.all
        assert "a request to Cedar names no cost" in called.all
    assert len(statements(world)) == 6
    assert "not-enforced" not in bank.ok("plan", "--target", "local").all


def test_an_exception_is_a_clause_until_it_is_over(bank: Cli, world: World) -> None:
    bank.commit({EXCEPTION_PATH: EXCEPTION, APP_PATH: APP.replace("protected: [everybody]\n", "")})
    bank.patch.setenv("BYLAW_NOW", "2026-03-01T00:00:00Z")
    bank.ok("reconcile", "--target", "gate")
    during = statements(world)["everybody.yaml#denied_actions.0"]
    bank.patch.setenv("BYLAW_NOW", "2026-04-01T00:00:00Z")
    bank.ok("reconcile", "--target", "gate")

    end = 'context.system.now < datetime("2026-04-01T00:00:00Z")'
    assert f'unless {{ principal == Agent::"clerk" && action == Action::"mail" && {end} }}' in during
    assert "unless" not in statements(world)["everybody.yaml#denied_actions.0"]


BAD = {
    "no schema": (
        "schema: schemas/bank.cedarschema\n",
        "",
        "target `gate` speaks Cedar, and `bank` has no Cedar schema",
    ),
    "an unknown agent": ("{clerk:", "{teller:", "`agents` in `app.yaml` names no principal for `clerk`"),
    "no entity": ("'Agent::\"clerk\"'", "clerk", "`clerk` is not an entity"),
    "a type that there is not": ("'Agent::\"", "'Robot::\"", "as Cedar it does not fit the schema"),
    "no physical name": ("{front: ", "{back: ", '`Gateway::"front"` has no physical name on target `gate`'),
}


@pytest.mark.parametrize("name", BAD)
def test_what_the_app_says_of_cedar_has_to_fit(bank: Cli, name: str) -> None:
    old, new, told = BAD[name]
    assert old in APP
    bank.write(APP_PATH, APP.replace(old, new, 1))

    called = bank.run("compile")

    assert called.code == ExitCode.INVALID_INPUT
    assert told in called.all
    assert "Traceback" not in called.all


def test_the_line_of_each_cause_is_in_the_manifest(bank: Cli) -> None:
    bank.ok("compile", "--target", "gate", "--out", "build")

    manifest = bank.read("build/gate/bank/manifest.json")

    assert '"source": "policies/bank/everybody.yaml",\n      "line": 5,' in manifest


def test_a_comment_above_changes_nothing_on_the_target(bank: Cli) -> None:
    bank.ok("reconcile", "--target", "gate")
    bank.commit({EVERYBODY_PATH: f"# Why there is this policy.\n{EVERYBODY}"})

    assert "no changes" in bank.ok("plan", "--target", "gate").stdout


def test_a_policy_is_protected_whatever_it_is_made_of(bank: Cli) -> None:
    bank.ok("reconcile", "--target", "gate")
    bank.commit({EVERYBODY_PATH: EVERYBODY.replace("denied_actions: [mail]\n", "")})

    called = bank.run("plan", "--target", "gate")

    assert "protected" in called.all


def test_rules_over_cedar_speak_of_the_document(bank: Cli) -> None:
    """And mend nothing in it: the text that they read is written by nobody."""
    open_to_all = EVERYBODY.replace("allowed_actions: [pay, look, mail]\n", "")
    bank.write(EVERYBODY_PATH, open_to_all)

    called = bank.run("lint", "--fix", "--allow-dirty")

    assert "warning[unconstrained-principal]: no part of this permit limits the principal" in called.all
    assert f"{EVERYBODY_PATH}:1:1" in called.all
    assert bank.read(EVERYBODY_PATH) == open_to_all
    bank.write(EVERYBODY_PATH, f"# bylaw: allow unconstrained-principal -- the bots are all there is\n{open_to_all}")
    assert "unconstrained-principal" not in bank.ok("lint").all


def test_what_is_deployed_as_cedar_is_proved(bank: Cli) -> None:
    doubled = EVERYBODY.replace(
        "denied_actions: [mail]\n",
        "denied_actions: [mail, look]\nrate_limits: {look: {max_count: 0, window_seconds: 1}}\n",
    )
    bank.write(EVERYBODY_PATH, doubled)

    called = bank.run("analyze")

    assert called.code == ExitCode.FINDINGS
    assert "covers this forbid: without it every decision stays the same" in called.all
    assert f"{EVERYBODY_PATH}:4:15" in called.all
