"""`bylaw schema diff`: what a change of tools does to policies."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.cli.calling import Cli
from tools.cli.desk import APP, MAIL, NUMBER, PAY, PAY_PATH, STRING, desk_repository, listed
from tools.pipeline.repositories import git


@pytest.fixture
def desk(cli: Cli, tmp_path: Path) -> Cli:
    return desk_repository(cli, tmp_path / "desk")


def test_the_same_tools_break_nothing(desk: Cli) -> None:
    called = desk.ok("schema", "diff", "schemas/desk.cedarschema", "tools.json")

    assert "No declaration differs.\ndesk: 4 policies, none breaks\n" in called.stdout


BREAKING: dict[str, tuple[dict[str, dict[str, Any] | None], str, str]] = {
    "a removed tool": ({"Desk___pay": None}, '- action AgentCore::Action::"Desk___pay"', "desk/access/pay"),
    "a removed argument": (
        {"Desk___pay": {"properties": {"to": STRING}}},
        "- context.input.amount  decimal",
        "desk/access/pay",
    ),
    "an argument of another type": (
        {"Desk___pay": {"properties": {"amount": STRING}, "required": ["amount"]}},
        "~ context.input.amount  decimal → String",
        "desk/access/pay",
    ),
    "an argument that need not be there any more": (
        {"Desk___pay": {"properties": {"to": STRING, "amount": NUMBER}, "required": ["to"]}},
        "~ context.input.amount  required → optional",
        "desk/access/pay",
    ),
    "a removed target": ({"Mail___send": None}, '- action AgentCore::Action::"Mail"', "desk/access/mail"),
}


@pytest.mark.parametrize("story", BREAKING)
def test_a_policy_that_breaks_is_named_with_its_place_and_reason(desk: Cli, story: str) -> None:
    changed, change, broken = BREAKING[story]
    desk.write("new.json", listed(**changed))

    called = desk.run("schema", "diff", "schemas/desk.cedarschema", "new.json")

    assert called.code == 5
    assert change in called.stdout
    assert f"  ! {broken}  " in called.stdout
    assert f"--> policies/{broken}.cedar:" in called.stdout


@pytest.mark.parametrize(("level", "code"), [("breaking", 5), ("widening", 5), ("never", 0)])
def test_the_fail_level_decides_on_the_exit_code_of_a_breach(desk: Cli, level: str, code: int) -> None:
    desk.write("new.json", listed(Desk___pay=None))

    assert desk.run("schema", "diff", "schemas/desk.cedarschema", "new.json", "--fail-on", level).code == code


def test_a_new_tool_that_no_permit_reaches_is_told(desk: Cli) -> None:
    desk.write("new.json", listed(Desk___refund={"properties": {}}))

    called = desk.ok("schema", "diff", "schemas/desk.cedarschema", "new.json", "--fail-on", "widening")

    assert '· AgentCore::Action::"Desk___refund"  no permit reaches it: every call is denied' in called.stdout
    assert "none breaks" in called.stdout


def test_a_new_tool_that_a_permit_of_its_target_reaches_is_told(desk: Cli) -> None:
    desk.write("new.json", listed(Mail___forward={"properties": {"to": STRING}}))

    called = desk.ok("schema", "diff", "schemas/desk.cedarschema", "new.json")

    assert "warning[newly-permitted]: `desk/access/mail` now permits `Mail___forward`" in called.stdout
    assert "--> policies/desk/access/mail.cedar:3:3" in called.stdout
    assert desk.run("schema", "diff", "schemas/desk.cedarschema", "new.json", "--fail-on", "widening").code == 5


def test_a_tool_that_left_the_scope_of_a_forbid_is_told(desk: Cli) -> None:
    moved = desk.read("schemas/desk.cedarschema").replace(
        '"Desk___list" in [CallTool, Desk]', '"Desk___list" in [CallTool]'
    )
    desk.write("new.cedarschema", moved)

    called = desk.ok("schema", "diff", "schemas/desk.cedarschema", "new.cedarschema")

    assert "warning[no-longer-forbidden]: `desk/guards/notes` no longer forbids `Desk___list`" in called.stdout
    assert "~ groups  " in called.stdout


def test_a_policy_that_is_not_in_force_reaches_nothing(desk: Cli) -> None:
    desk.write("policies/desk/access/mail.cedar", f'@enforcement("log_only")\n{MAIL}')
    desk.write("new.json", listed(Mail___forward={"properties": {"to": STRING}}))

    called = desk.ok("schema", "diff", "schemas/desk.cedarschema", "new.json", "--fail-on", "widening")

    assert '· AgentCore::Action::"Mail___forward"  no permit reaches it' in called.stdout


def test_a_revision_against_the_working_tree(desk: Cli) -> None:
    desk.write("new.json", listed(Desk___pay={"properties": {"to": STRING}}))
    desk.ok("schema", "generate", "new.json", "-o", "schemas/desk.cedarschema")

    called = desk.run("schema", "diff", "HEAD")

    assert called.code == 5
    assert "HEAD:schemas/desk.cedarschema → the working tree:schemas/desk.cedarschema" in called.stdout
    assert "desk: 1 of 4 policies breaks" in called.stdout


def test_two_revisions(desk: Cli) -> None:
    first = git(desk.root, "rev-parse", "HEAD")
    desk.write("new.json", listed(Desk___refund={"properties": {}}))
    desk.ok("schema", "generate", "new.json", "-o", "schemas/desk.cedarschema")
    desk.commit({})

    called = desk.ok("schema", "diff", first, "main")

    assert (
        f'{first}:schemas/desk.cedarschema → main:schemas/desk.cedarschema\n  + action AgentCore::Action::"Desk___refund"'
        in (called.stdout)
    )


def test_two_files_of_tools_and_a_revision_against_one(desk: Cli) -> None:
    desk.write("new.json", listed(Desk___pay=None))

    of_files = desk.run("schema", "diff", "tools.json", "new.json", "--format", "json").json["schemas"]
    of_revision = desk.run("schema", "diff", "HEAD", "new.json", "--app", "desk", "--format", "json").json["schemas"]

    assert of_files[0]["changes"] == of_revision[0]["changes"]
    assert of_files[0]["apps"] == of_revision[0]["apps"]
    assert [item["policy"] for item in of_files[0]["apps"][0]["broken"]] == ["desk/access/pay"]


def test_files_of_tools_whose_target_is_named(desk: Cli) -> None:
    desk.write("old.json", json.dumps([{"name": "send", "inputSchema": {"type": "object"}}]))
    desk.write("new.json", json.dumps([{"name": "post", "inputSchema": {"type": "object"}}]))

    called = desk.ok("schema", "diff", "Post=old.json", "Post=new.json")

    assert '+ action AgentCore::Action::"Post___post"' in called.stdout
    assert '- action AgentCore::Action::"Post___send"' in called.stdout


def test_errors_that_were_there_before_are_not_blamed_on_the_tools(desk: Cli) -> None:
    desk.write(PAY_PATH, PAY.replace("input.amount", "input.sum"))
    desk.write("new.json", listed(Desk___list={"properties": {"page": {"type": "integer"}}}))

    called = desk.ok("schema", "diff", "schemas/desk.cedarschema", "new.json")

    assert "desk: 4 policies, none breaks\n  1 file invalid before as well" in called.stdout


def test_entities_that_no_longer_fit_are_told(desk: Cli) -> None:
    desk.write("policies/desk/app.yaml", f"{APP}entities: policies/desk/entities.json\n")
    robot = {"uid": {"type": "AgentCore::IamEntity", "id": "robot"}, "attrs": {"id": "robot"}, "parents": []}
    desk.write("policies/desk/entities.json", json.dumps([robot]))
    changed = desk.read("schemas/desk.cedarschema").replace(
        "entity IamEntity = {\n    id: String", "entity IamEntity = {\n    id: Long"
    )
    desk.write("new.cedarschema", changed)

    called = desk.run("schema", "diff", "schemas/desk.cedarschema", "new.cedarschema")

    assert called.code == 5
    assert "desk: 0 of 4 policies break, and its entities" in called.stdout
    assert "! policies/desk/entities.json  " in called.stdout


@pytest.fixture
def two_apps(desk: Cli) -> Cli:
    """A second app, with a schema of its own and the same actions."""
    desk.write("schemas/post.cedarschema", desk.read("schemas/desk.cedarschema"))
    desk.write("policies/post/app.yaml", APP.replace("desk", "post"))
    desk.write("policies/post/access/mail.cedar", MAIL)
    desk.commit({"new.json": listed(Mail___send=None)})
    return desk


def test_one_file_cannot_stand_for_several_schemas(two_apps: Cli) -> None:
    called = two_apps.run("schema", "diff", "HEAD", "new.json")

    assert called.code == 2
    assert "several schemas could be meant: `schemas/desk.cedarschema`, `schemas/post.cedarschema`" in called.stderr


def test_the_app_says_which_schema_is_meant(two_apps: Cli) -> None:
    (comparison,) = two_apps.run("schema", "diff", "HEAD", "new.json", "--app", "post", "--format", "json").json[
        "schemas"
    ]

    assert comparison["old"] == "HEAD:schemas/post.cedarschema"
    assert [app["app"] for app in comparison["apps"]] == ["post"]


def test_a_schema_file_says_which_apps_are_meant(two_apps: Cli) -> None:
    for old in ("schemas/post.cedarschema", "HEAD"):
        arguments = ("schemas/post.cedarschema", "new.json") if old != "HEAD" else ("HEAD", "schemas/post.cedarschema")
        (comparison,) = two_apps.run("schema", "diff", *arguments, "--format", "json").json["schemas"]

        assert [app["app"] for app in comparison["apps"]] == ["post"]


def test_files_that_are_no_apps_schema_are_for_all_apps_of_the_same_actions(two_apps: Cli) -> None:
    (comparison,) = two_apps.run("schema", "diff", "tools.json", "new.json", "--format", "json").json["schemas"]

    assert [app["app"] for app in comparison["apps"]] == ["desk", "post"]


def test_a_revision_compares_every_schema(two_apps: Cli) -> None:
    found = two_apps.ok("schema", "diff", "HEAD", "--format", "json").json["schemas"]

    assert [item["old"] for item in found] == ["HEAD:schemas/desk.cedarschema", "HEAD:schemas/post.cedarschema"]


def test_a_schema_that_a_revision_does_not_have_is_told(two_apps: Cli) -> None:
    called = two_apps.run("schema", "diff", "HEAD~1")

    assert called.code == 3
    assert "schemas/post.cedarschema" in called.stderr


def test_a_repository_without_schemas_has_nothing_to_compare(desk: Cli) -> None:
    desk.write("policies/desk/app.yaml", APP.replace("schema: schemas/desk.cedarschema\n", ""))

    called = desk.run("schema", "diff", "HEAD")

    assert called.code == 2
    assert "no app has a schema" in called.stderr


def test_a_broken_setting_is_told_before_a_gateway_is_asked(desk: Cli) -> None:
    desk.write("bylaw.yaml", "version: 7\n")

    assert desk.run("schema", "generate", "--gateway", "live").code == 3


def test_a_difference_as_values(desk: Cli) -> None:
    desk.write("new.json", listed(Desk___pay={"properties": {"to": STRING, "amount": STRING}, "required": ["amount"]}))

    (comparison,) = desk.run("schema", "diff", "schemas/desk.cedarschema", "new.json", "--format", "json").json[
        "schemas"
    ]

    about = {"declaration": 'action AgentCore::Action::"Desk___pay"', "kind": "changed"}
    assert comparison["changes"] == [
        about | {"aspect": "type", "path": "context.input.amount", "before": "decimal", "after": "String"},
        about
        | {"kind": "removed", "aspect": "attribute", "path": "context.input.note"}
        | {"before": "String, optional", "after": None},
        about | {"aspect": "optionality", "path": "context.input.to", "before": "required", "after": "optional"},
    ]
    (app,) = comparison["apps"]
    assert {item["policy"] for item in app["broken"]} == {"desk/access/pay"}
    assert (app["policies"], app["invalid_before"], app["granted"], app["uncovered"]) == (4, 0, [], [])


def test_the_difference_in_markdown_is_fenced(desk: Cli) -> None:
    name = "Desk___``` <script>"
    desk.write("new.json", listed(**{name: {"properties": {}}}))

    called = desk.ok("schema", "diff", "schemas/desk.cedarschema", "new.json", "--format", "markdown")

    assert "### Schema: 1 change, 0 policies broken" in called.stdout
    fence = next(line for line in called.stdout.splitlines() if line.endswith("diff"))
    assert len(fence.removesuffix("diff")) > 3


def test_a_workflow_gets_the_verdict_and_annotations(desk: Cli, tmp_path: Path) -> None:
    desk.patch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    desk.write("new.json", listed(Desk___pay=None))

    called = desk.run("schema", "diff", "schemas/desk.cedarschema", "new.json", "--format", "github")

    assert f"::error file={PAY_PATH},line=3," in called.stdout
    assert "verdict" in (tmp_path / "output").read_text()
    assert "breaking" in (tmp_path / "output").read_text()


def test_a_schema_outside_of_any_repository(empty: Cli) -> None:
    empty.write("old.json", listed())
    empty.write("new.json", listed(Desk___pay=None))

    called = empty.ok("schema", "diff", "old.json", "new.json")

    assert '- action AgentCore::Action::"Desk___pay"' in called.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("gone", "tools.json"), 2, "`gone`"),
        (("HEAD", "tools.json", "--app", "gone"), 2, "no app `gone`"),
        (("broken.cedarschema", "tools.json"), 3, "broken.cedarschema:1:"),
        (("schemas/desk.cedarschema", "broken.json"), 3, "broken.json:1:"),
        (("schemas/desk.cedarschema", "refused.json"), 3, "refused.json:1:"),
        (("schemas/desk.cedarschema", "a_b=tools.json"), 2, "`a_b=tools.json`"),
    ],
)
def test_a_side_that_cannot_be_used(desk: Cli, arguments: tuple[str, ...], code: int, told: str) -> None:
    desk.write("broken.cedarschema", "entity ;")
    desk.write("broken.json", "{")
    desk.write("refused.json", '[{"name": "Desk___a", "inputSchema": {"$ref": "#"}}]')

    called = desk.run("schema", "diff", *arguments)

    assert called.code == code
    assert told in called.stderr
