"""`bylaw schema generate`: the schema of a gateway's tools, from files and from the gateway."""

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bylaw.languages.cedar.schema_reader import read_schema
from tools.backends.agentcore.targets import GATEWAY, INLINE, TargetService, mcp, target_service
from tools.backends.agentcore.wire import serving
from tools.cli.calling import Cli
from tools.cli.desk import SETTINGS, STRING, desk_repository, listed


@pytest.fixture
def desk(cli: Cli, tmp_path: Path) -> Cli:
    return desk_repository(cli, tmp_path / "desk")


def test_a_schema_goes_to_standard_output_and_the_rest_beside_it(desk: Cli) -> None:
    called = desk.ok("schema", "generate", "tools.json")

    assert called.stdout == desk.read("schemas/desk.cedarschema")
    assert called.stderr == "3 tools of 2 targets, no findings.\n"


def test_the_same_tools_make_the_same_bytes_whatever_order_sets_have(desk: Cli) -> None:
    tools = {
        f"Desk___{n}": {"properties": {f"a{m}": STRING for m in range(9)}, "required": ["a1", "z1", "z2"]}
        for n in range(9)
    }
    desk.write("many.json", listed(**tools))
    call = [sys.executable, "-m", "bylaw", "schema", "generate", "many.json"]

    runs = [
        subprocess.run(call, cwd=desk.root, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True)
        for seed in ("0", "1", "2")
    ]

    assert len({(run.stdout, run.stderr) for run in runs}) == 1


def test_policies_validate_with_the_schema(desk: Cli) -> None:
    assert desk.ok("validate").code == 0


def test_the_json_form_declares_the_same(desk: Cli) -> None:
    as_json = desk.ok("schema", "generate", "tools.json", "--syntax", "json").stdout

    one, _ = read_schema(as_json, "schema.json")
    other, _ = read_schema(desk.read("schemas/desk.cedarschema"), "schema.cedarschema")
    assert one is not None
    assert other is not None
    assert json.loads(as_json).keys() == {"AgentCore"}
    assert (one.entities, one.actions) == (other.entities, other.actions)


def test_several_sources_make_one_schema(desk: Cli) -> None:
    desk.write("mail.json", json.dumps([{"name": "send", "inputSchema": {"type": "object"}}]))
    desk.write("shop.yaml", "openapi: 3.1.0\npaths: {/orders: {get: {operationId: orders}}}\n")

    called = desk.ok("schema", "generate", "--target", "Post=mail.json", "--target", "Shop=shop.yaml", "tools.json")

    assert 'action "Post___send" in [CallTool, Post]' in called.stdout
    assert 'action "Shop___orders" in [CallTool, Shop]' in called.stdout
    assert "5 tools of 4 targets" in called.stderr


def test_a_source_comes_from_standard_input(desk: Cli) -> None:
    desk.patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(listed().encode())))

    assert desk.ok("schema", "generate", "-").stdout == desk.read("schemas/desk.cedarschema")


def test_a_source_comes_from_a_pipe(desk: Cli) -> None:
    os.mkfifo(desk.root / "pipe")
    writer = threading.Thread(target=(desk.root / "pipe").write_text, args=(listed(),))
    writer.start()

    called = desk.ok("schema", "generate", "pipe")

    writer.join()
    assert called.stdout == desk.read("schemas/desk.cedarschema")


def test_what_cannot_be_expressed_is_told_with_its_place(desk: Cli) -> None:
    desk.write(
        "new.json", listed(Desk___pay={"properties": {"meta": {"type": "object", "additionalProperties": True}}})
    )

    called = desk.ok("schema", "generate", "new.json")

    assert (
        "warning[open-object]: `meta` of `Desk___pay` is an object with members of any name and is left out"
        in called.stderr
    )
    lines = desk.read("new.json").splitlines()
    line = 1 + next(number for number, line in enumerate(lines) if "additionalProperties" in line)
    assert f"--> new.json:{line}:" in called.stderr
    assert "meta" not in called.stdout


@pytest.mark.parametrize("format_", ["text", "json"])
def test_with_an_error_nothing_is_written(desk: Cli, format_: str) -> None:
    desk.write("new.json", listed(Desk___pay={"properties": {"it": {"$ref": "#"}}}))

    called = desk.run("schema", "generate", "new.json", "-o", "out.cedarschema", "--format", format_)

    assert called.code == 3
    assert "cyclic-reference" in called.all
    assert not (desk.root / "out.cedarschema").exists()


def test_the_report_of_a_generation_as_values(desk: Cli) -> None:
    report = desk.ok("schema", "generate", "tools.json", "--format", "json").json

    assert (report["schema"]["tools"], report["schema"]["targets"]) == (3, 2)
    assert report["schema"]["text"] == desk.read("schemas/desk.cedarschema")
    assert 'AgentCore::Action::"Desk___pay"' in report["schema"]["actions"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "no source"),
        (("gone.json",), "cannot read `gone.json`"),
        (("--target", "Desk"), "`--target Desk` names no file"),
        (("--target", "a_b=tools.json"), "`a_b` cannot name a gateway target"),
        (("tools.json", "--namespace", "a b"), "`a b` is no namespace"),
        (("tools.json", "-o", "no/such/folder"), "cannot write `no/such/folder`"),
        (("--gateway", "gone"), "no target `gone`"),
        (("--gateway", "local"), "target `local` is no AgentCore target"),
        (("policies",), "cannot read `policies`"),
        (("x\0y",), "no file can be called so"),
    ],
)
def test_what_names_nothing_is_a_usage_error(desk: Cli, arguments: tuple[str, ...], told: str) -> None:
    called = desk.run("schema", "generate", *arguments)

    assert called.code == 2
    assert told in called.stderr


# What the targets of a gateway declare.


@pytest.fixture
def gateway(desk: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[TargetService]:
    """A gateway that a target of the repository watches, at a service on this machine."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with serving() as wire, target_service(wire) as service:
        about = {"region": "eu-west-1", "endpoint_url": wire.url, "gateway": GATEWAY, "reads_per_second": 1000}
        desk.write("bylaw.yaml", f"{SETTINGS}  live: {{backend: agentcore, agentcore: {json.dumps(about)}}}\n")
        yield service


def test_a_schema_comes_from_the_targets_of_a_gateway(desk: Cli, gateway: TargetService) -> None:
    gateway.offer("Ask", INLINE)
    gateway.offer(
        "Shop", mcp(openApiSchema={"inlinePayload": "openapi: 3.1.0\npaths: {/a: {get: {operationId: orders}}}\n"})
    )

    called = desk.ok("schema", "generate", "--gateway", "live")

    assert 'action "Ask___ask" in [Ask, CallTool]' in called.stdout
    assert 'action "Shop___orders" in [CallTool, Shop]' in called.stdout


def test_a_target_that_cannot_be_read_is_told_until_a_file_stands_in_for_it(desk: Cli, gateway: TargetService) -> None:
    gateway.offer("Ask", INLINE)
    gateway.offer("Mail", mcp(mcpServer={"endpoint": "https://mcp.example"}))
    desk.write("mail.json", json.dumps([{"name": "send", "inputSchema": {"type": "object"}}]))

    without = desk.ok("schema", "generate", "--gateway", "live")
    with_file = desk.ok("schema", "generate", "--gateway", "live", "--target", "Mail=mail.json")

    assert "warning[gateway-target]: the target `Mail` of the gateway is an MCP server" in without.stderr
    assert "give `--target Mail=FILE`" in without.stderr
    assert "Mail___" not in without.stdout
    assert 'action "Mail___send" in [CallTool, Mail]' in with_file.stdout
    assert "2 tools of 2 targets, no findings." in with_file.stderr


def test_a_gateway_that_declares_harm_is_refused_with_a_place(desk: Cli, gateway: TargetService) -> None:
    gateway.offer("Shop", mcp(openApiSchema={"inlinePayload": "openapi: &a [*a]\n"}))
    gateway.offer("X y\n::error::", INLINE)

    called = desk.run("schema", "generate", "--gateway", "live")

    assert called.code == 3
    assert "--> live/Shop:1:" in called.stderr
    assert "cannot name a gateway target" in called.stderr
    assert "\n::error::" not in called.all
