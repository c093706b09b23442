"""What the linters cannot know: which jobs may hold a credential, what gates a merge, what is never cut short."""

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tools.github.files import GITHUB, WORKFLOWS, load

Workflow = dict[Any, Any]

SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in (*WORKFLOWS, GITHUB / "actions/bylaw/action.yml")}


def jobs(workflow: Workflow) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from workflow["jobs"].items()


def steps(workflow: Workflow) -> Iterator[dict[str, Any]]:
    for _, job in jobs(workflow):
        yield from job["steps"]


def named(name: str) -> Workflow:
    return load(GITHUB / f"workflows/{name}.yml")


def test_there_are_the_six_workflows() -> None:
    assert [path.stem for path in WORKFLOWS] == ["checks", "drift", "plan", "reconcile", "scan", "self"]


def test_the_token_has_no_permission_unless_a_job_asks(workflow: Workflow) -> None:
    assert workflow["permissions"] == {}


@pytest.mark.parametrize("name", [path.stem for path in WORKFLOWS])
def test_each_grant_says_why(name: str) -> None:
    grants = re.findall(r"^      ([a-z-]+): (?:read|write)(.*)$", TEXTS[f"{name}.yml"], re.MULTILINE)

    assert all(re.fullmatch(" # .+", reason) for _, reason in grants)


def test_each_job_has_a_name_a_limit_and_a_fixed_image(workflow: Workflow) -> None:
    for identifier, job in jobs(workflow):
        assert job["name"], identifier
        assert 0 < job["timeout-minutes"] <= 60, identifier
        assert re.fullmatch(r"ubuntu-\d\d\.04", job["runs-on"]), identifier


def test_each_step_has_a_name(workflow: Workflow) -> None:
    assert all(step.get("name") for step in steps(workflow))


def test_each_script_stops_at_the_first_failure(workflow: Workflow) -> None:
    scripts = [step["run"] for step in steps(workflow) if "run" in step]

    assert all(script.startswith("set -euo pipefail\n") for script in scripts if "\n" in script.strip())


@pytest.mark.parametrize("name", TEXTS)
def test_no_script_holds_an_expression(name: str) -> None:
    document = load(GITHUB / ("actions/bylaw" if name == "action.yml" else "workflows") / name)
    parts = document["runs"]["steps"] if name == "action.yml" else list(steps(document))

    assert not [part["name"] for part in parts if "${{" in part.get("run", "")]


def test_no_trigger_runs_the_code_of_a_fork_with_our_credentials(workflow: Workflow) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment", "pull_request_review"} & set(workflow["on"])


@pytest.mark.parametrize("name", TEXTS)
def test_there_are_no_stored_secrets(name: str) -> None:
    assert not re.search(r"\bsecrets\b", TEXTS[name])


def test_a_pull_request_of_a_fork_gets_no_credential(workflow: Workflow) -> None:
    if "pull_request" not in workflow["on"]:
        return
    for identifier, job in jobs(workflow):
        grants = job.get("permissions", {})
        if grants.get("id-token") or grants.get("pull-requests") == "write":
            assert SAME_REPOSITORY in job["if"], identifier
            assert "||" not in job["if"], identifier


def test_only_jobs_that_take_a_role_can_ask_for_an_identity(workflow: Workflow) -> None:
    for identifier, job in jobs(workflow):
        takes_role = any(
            step.get("uses", "").startswith("aws-actions/configure-aws-credentials@") for step in job["steps"]
        )

        assert (job.get("permissions", {}).get("id-token") == "write") == takes_role, identifier


def test_roles_come_from_settings_and_last_half_an_hour_at_most(workflow: Workflow) -> None:
    for step in steps(workflow):
        if step.get("uses", "").startswith("aws-actions/"):
            assert step["with"]["role-to-assume"] in {"${{ matrix.plan-role }}", "${{ vars.BYLAW_APPLY_ROLE }}"}
            assert step["with"]["role-duration-seconds"] <= 1800


def test_no_checkout_leaves_its_token_behind(workflow: Workflow) -> None:
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]

    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_job_that_writes_comments_runs_nothing_from_the_repository() -> None:
    comment = named("checks")["jobs"]["comment"]

    assert comment["permissions"] == {"pull-requests": "write"}
    assert [step.get("uses", "run").partition("@")[0] for step in comment["steps"]] == [
        "actions/download-artifact",
        "run",
    ]


def test_third_party_actions_are_pinned_once_and_ours_is_the_running_commit() -> None:
    pins = defaultdict(set)
    for text in TEXTS.values():
        for used in re.findall(r"^\s+uses: (.+)$", text, re.MULTILINE):
            if used != "$/.github/actions/bylaw":
                found = re.fullmatch(r"([\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)", used)
                assert found, used
                pins[found[1]].add((found[2], found[3]))

    assert {name: pin for name, pin in pins.items() if len(pin) > 1} == {}


@pytest.mark.parametrize("name", ["checks", "self"])
def test_the_required_check_also_runs_in_the_merge_queue_and_needs_every_gate(name: str) -> None:
    workflow = named(name)
    gate = workflow["jobs"]["all-green"]

    assert {"pull_request", "merge_group"} <= set(workflow["on"])
    assert gate["if"] == "${{ always() }}"
    assert set(gate["needs"]) == set(workflow["jobs"]) - {"all-green", "comment"}


@pytest.mark.parametrize("name", ["checks", "self"])
@pytest.mark.parametrize(
    ("results", "green"),
    [
        ("success", True),
        ("success success", True),
        *((f"success {bad}", False) for bad in ("failure", "cancelled", "skipped", "")),
    ],
)
def test_all_green_accepts_success_only(name: str, results: str, green: bool) -> None:  # noqa: FBT001 - a parameter of the test
    (step,) = named(name)["jobs"]["all-green"]["steps"]
    expected = green or results == "success "
    done = subprocess.run(["bash", "-c", step["run"]], env={"RESULTS": results}, check=False, capture_output=True)

    assert (done.returncode == 0) == expected


def test_an_apply_has_an_environment_and_is_never_cut_short() -> None:
    job = named("reconcile")["jobs"]["reconcile"]

    assert job["environment"] == "${{ matrix.target }}"
    assert job["concurrency"] == {"group": "reconcile-${{ matrix.target }}", "cancel-in-progress": False}


def test_nothing_is_applied_before_every_target_was_planned() -> None:
    workflow = named("reconcile")

    assert workflow["jobs"]["reconcile"]["needs"] == "changes"
    assert workflow["jobs"]["changes"]["needs"] == "plan"
    assert "if" not in workflow["jobs"]["changes"]


def test_only_the_plan_that_was_shown_is_applied() -> None:
    (apply,) = [step for step in named("reconcile")["jobs"]["reconcile"]["steps"] if step["name"] == "reconcile"]

    assert apply["with"]["plan-hash"] == "${{ matrix.plan-hash }}"


def test_merge_schedule_and_hand_lead_to_the_same_run() -> None:
    assert set(named("reconcile")["on"]) == {"push", "schedule", "workflow_dispatch"}


def test_no_schedule_is_at_a_full_or_even_minute(workflow: Workflow) -> None:
    for entry in workflow["on"].get("schedule", []):
        assert all(int(minute) % 2 for minute in entry["cron"].split(" ")[0].split(","))
