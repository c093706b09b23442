"""A small repository whose schema was generated from the tools of a gateway."""

import json
from pathlib import Path
from typing import Any

from tools.cli.calling import Cli
from tools.pipeline.repositories import git, write

STRING, NUMBER = {"type": "string"}, {"type": "number"}
TOOLS: dict[str, dict[str, Any]] = {
    "Desk___pay": {"properties": {"to": STRING, "amount": NUMBER, "note": STRING}, "required": ["to", "amount"]},
    "Desk___list": {"properties": {}},
    "Mail___send": {"properties": {"to": STRING}, "required": ["to"]},
}
PAY = """permit (
  principal,
  action == AgentCore::Action::"Desk___pay",
  resource == AgentCore::Gateway::"gate"
)
when { context.input.amount.lessThan(decimal("10.0")) };
"""
LISTING = """permit (
  principal is AgentCore::OAuthUser,
  action == AgentCore::Action::"Desk___list",
  resource == AgentCore::Gateway::"gate"
);
"""
NOTES = """forbid (
  principal,
  action in AgentCore::Action::"Desk",
  resource is AgentCore::Gateway
)
when { context.input has note && context.input.note like "*password*" };
"""
MAIL = """permit (
  principal is AgentCore::OAuthUser,
  action in AgentCore::Action::"Mail",
  resource == AgentCore::Gateway::"gate"
);
"""
APP = """app: desk
about: for tests
owners: [team]
schema: schemas/desk.cedarschema
logical: ["AgentCore::Gateway"]
targets:
  local: {names: {"AgentCore::Gateway": {gate: "arn:gate"}}}
"""
SETTINGS = """version: 1
owner: example/desk
targets:
  local: {backend: local, url: "sqlite:///.bylaw/local.db"}
"""
PAY_PATH = "policies/desk/access/pay.cedar"


def listed(**changed: dict[str, Any] | None) -> str:
    """The answer to `tools/list`, with tools changed, added (or, with none, removed)."""
    tools = {name: schema for name, schema in {**TOOLS, **changed}.items() if schema is not None}
    described = [{"name": name, "inputSchema": {"type": "object", **schema}} for name, schema in tools.items()]
    return json.dumps({"tools": described}, indent=1)


def desk_repository(cli: Cli, root: Path) -> Cli:
    """The command line in a committed repository of that kind."""
    files: dict[str, str | None] = {
        "bylaw.yaml": SETTINGS,
        "tools.json": listed(),
        "policies/desk/app.yaml": APP,
        PAY_PATH: PAY,
        "policies/desk/access/list.cedar": LISTING,
        "policies/desk/access/mail.cedar": MAIL,
        "policies/desk/guards/notes.cedar": NOTES,
    }
    write(root, files)
    git(root, "init", "-q", "-b", "main")
    cli.at(root).ok("schema", "generate", "tools.json", "-o", "desk.cedarschema")
    (root / "schemas").mkdir()
    (root / "desk.cedarschema").rename(root / "schemas/desk.cedarschema")
    cli.commit({})
    return cli
