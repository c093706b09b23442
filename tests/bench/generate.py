"""Generates policy repositories of any size for benchmarks: the same seed and size give the same files.

Apps hold up to 100 policies each, over a schema of eight actions with tags, optional attributes, records, sets, decimals and times:
the shapes of the worked apps, drawn at random.
"""

import random
from pathlib import Path

from bylaw.languages.cedar.formatter import format_statement

POLICIES_PER_APP = 100
ACTIONS = ("view", "edit", "share", "export", "approve", "refund", "delete", "audit")

SCHEMA = """namespace App {
  entity Team;
  entity Agent in [Team] = { "tier": Long, "region": String, "owner"?: String } tags String;
  entity Folder in [Folder];
  entity Record in [Folder] = { "risk": Long, "labels": Set<String>, "owner": Agent };
  action "read", "write";
  action "view", "audit" in [Action::"read"] appliesTo { principal: [Agent], resource: [Record, Folder], context: Request };
  action "edit", "share", "export", "approve", "refund", "delete" in [Action::"write"]
    appliesTo { principal: [Agent], resource: [Record], context: Request };
  type Request = {
    "input": { "amount": Long, "currency": String, "note"?: String, "cost": decimal },
    "ip": ipaddr,
    "now": datetime,
  };
}
"""

CONDITIONS = (
    "context.input.amount <= {n}",
    'context.input.currency == "{currency}"',
    '["north", "south", "{currency}"].contains(principal.region)',
    'context.ip.isInRange(ip("10.{small}.0.0/16"))',
    'context.now >= datetime("2026-01-{day:02}T00:00:00Z")',
    "principal.tier >= {small}",
    'principal.hasTag("team") && principal.getTag("team") == "team-{small}"',
    'principal has owner && principal.owner == "owner-{small}"',
    'context.input has note && context.input.note like "case-{small}-*"',
    'context.input.cost.lessThan(decimal("{small}.50"))',
)

SUITE = """# yaml-language-server: $schema=../../../schemas/documents/suite.schema.json
suite: smoke
about: nothing is allowed to an agent that no policy names
principals:
  stranger: {{type: "App::Agent", id: stranger, attrs: {{tier: 0, region: none}}}}
resources:
  record: {{type: "App::Record", id: r-1, attrs: {{risk: 9, labels: [], owner: {{type: "App::Agent", id: stranger}}}}}}
contexts:
  plain: {{input: {{amount: 1, currency: XXX, cost: "1.0"}}, ip: "192.0.2.1", now: "2025-01-01T00:00:00Z"}}
tests:
  - name: a stranger may nothing
    matrix: {{principals: [stranger], actions: [{actions}], resources: [record], contexts: [plain]}}
    allow: []
"""


def generate(root: Path, policies: int, seed: int = 7) -> None:
    """Write a repository of `policies` policies below `root`."""
    draw = random.Random(seed)  # noqa: S311 - data for a benchmark
    write(root / "bylaw.yaml", SETTINGS)
    write(root / "schemas/app.cedarschema", SCHEMA)
    for number in range((policies + POLICIES_PER_APP - 1) // POLICIES_PER_APP):
        app = f"app-{number:03}"
        write(root / f"policies/{app}/app.yaml", APP.format(app=app))
        write(root / f"tests/policies/{app}/smoke.yaml", SUITE.format(actions=", ".join(ACTIONS)))
        for index in range(min(POLICIES_PER_APP, policies - number * POLICIES_PER_APP)):
            write(root / f"policies/{app}/area-{index % 10}/rule-{index:03}.cedar", policy(draw, number, index))


SETTINGS = """# yaml-language-server: $schema=schemas/documents/settings.schema.json
version: 1
owner: example/bench
targets:
  local: {backend: local, limits: {max_deletes: 100000, max_updates: 100000, max_change_ratio: 1.0}}
lint: {rules: {untested-forbid: {level: "off"}}} # a suite for each of thousands of drawn forbids would measure suites
"""

APP = """# yaml-language-server: $schema=../../schemas/documents/app.schema.json
app: {app}
about: generated for benchmarks
owners: [team-bench]
schema: schemas/app.cedarschema
tags: {{"App::Agent": [team]}}
targets: {{local: {{}}}}
"""


def policy(draw: random.Random, app: int, index: int) -> str:
    """One policy in the house style."""
    effect = "permit" if draw.random() < 0.7 else "forbid"
    values = {
        "n": draw.randrange(10, 5000),
        "small": draw.randrange(1, 99),
        "day": draw.randrange(1, 28),
        "currency": draw.choice(("GBP", "CHF", "JPY", "SEK")),
    }
    conditions = [text.format(**values) for text in draw.sample(CONDITIONS, draw.randrange(2, 4))]
    clauses = " &&\n  ".join(conditions)
    scope = draw.choice(('principal in App::Team::"team-{small}"', 'principal == App::Agent::"agent-{small}"')).format(
        **values
    )
    text = (
        f'@description("rule {index} of app {app}: {effect} within its bounds")\n'
        f'@owner("team-bench")\n'
        f"{effect} (\n  {scope},\n"
        f'  action == App::Action::"{draw.choice(ACTIONS)}",\n'
        f"  resource\n)\nwhen\n{{\n  {clauses}\n}};\n"
    )
    return format_statement(text)


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
