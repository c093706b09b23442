"""Hooks for pre-commit, code owners, update settings."""

import re

import yaml

from tools.github.files import GITHUB, ROOT, load

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}


def test_each_hook_has_what_pre_commit_needs() -> None:
    assert set(HOOKS) == {"bylaw-format", "bylaw-lint", "bylaw-check"}
    for hook in HOOKS.values():
        assert {"id", "name", "entry", "language", "files", "minimum_pre_commit_version"} <= set(hook)
        assert hook["language"] == "python"
        assert re.compile(hook["files"])


def test_hooks_run_verbs_of_the_command_line() -> None:
    application = (ROOT / "tools/bylaw/cli/application.py").read_text(encoding="utf-8")

    for hook in HOOKS.values():
        name, verb = hook["entry"].split()
        assert name == "bylaw"
        assert f'"{verb}": Verb(' in application


def test_the_check_of_everything_runs_once_before_a_push() -> None:
    check = HOOKS["bylaw-check"]

    assert (check["pass_filenames"], check["require_serial"], check["stages"]) == (False, True, ["pre-push"])


def test_hooks_look_at_policies() -> None:
    for hook in HOOKS.values():
        assert re.search(hook["files"], "policies/refunds/limits/cap-refund.cedar")
        assert not re.search(hook["files"], "README.md")


def test_what_guards_access_has_owners() -> None:
    owners = (GITHUB / "CODEOWNERS").read_text(encoding="utf-8")
    owned = {line.split()[0] for line in owners.splitlines() if line and not line.startswith("#")}

    assert {"/policies/", "/bylaw.yaml", "/bylaw-baseline.yaml", "/.github/", "/schemas/", "/tests/policies/"} <= owned
    assert all("@" in line for line in owners.splitlines() if line and not line.startswith("#"))


def test_updates_of_actions_wait_a_week() -> None:
    updates = load(GITHUB / "dependabot.yml")["updates"]

    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "npm", "pip"}
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)


def test_what_actionlint_may_pass_over_is_one_message_with_a_reason_and_an_owner() -> None:
    text = (GITHUB / "actionlint.yaml").read_text(encoding="utf-8")
    (rules,) = load(GITHUB / "actionlint.yaml")["paths"].values()

    assert len(rules["ignore"]) == 1
    assert "# Owner: " in text
