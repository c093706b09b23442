"""What it takes to compile governance policies to Cedar: two hundred documents, read, translated and validated."""

import time

from bench.bound import Bound
from bylaw.pipeline.bundles import compile_workspace
from bylaw.pipeline.workspace import open_workspace
from bylaw.repository.trees import MemoryTree

DOCUMENTS = 200
SCHEMA = """entity Agent, Gateway;
{actions}
"""
ACTION = """action "Bank___{tool}" appliesTo {{ principal: [Agent], resource: [Gateway], context: {{
  input: {{ amount: decimal, to: String, note?: String, count?: Long }}, system: {{ now: datetime }},
}} }};"""
APP = """app: bank
about: two hundred bots
owners: [team-bank]
language: governance
schema: schemas/bank.cedarschema
agents: {agents}
targets: {{gate: {{}}}}
"""
SETTINGS = """version: 1
owner: example/bank
targets: {gate: {backend: policy-api, policy_api: {base_url: "http://127.0.0.1:9"}}}
"""
DOCUMENT = """name: bot {number}
scope: agent
target_id: bot{number}
allowed_actions: [tool{number}, spare1, spare2]
denied_actions: [spare2]
argument_constraints:
  tool{number}:
    required: [note]
    properties:
      amount: {{exclusiveMinimum: 0, maximum: {number}.5}}
      to: {{enum: [a{number}, b, c]}}
      note: {{pattern: "^CASE-.*$"}}
require_approval: true
approval_actions: [spare1]
"""


def repository() -> dict[str, str]:
    """The files of the app."""
    agents = ", ".join(f"bot{number}: 'Agent::\"{number}\"'" for number in range(DOCUMENTS))
    tools = [*(f"tool{number}" for number in range(DOCUMENTS)), "spare1", "spare2"]
    actions = "\n".join(ACTION.format(tool=tool) for tool in tools)
    files = {f"policies/bank/bot{number}.yaml": DOCUMENT.format(number=number) for number in range(DOCUMENTS)}
    files["policies/bank/app.yaml"] = APP.format(agents=f"{{{agents}}}")
    files["schemas/bank.cedarschema"] = SCHEMA.format(actions=actions)
    files["bylaw.yaml"] = SETTINGS
    return files


def governance_cedar() -> list[Bound]:
    """Everything, from the files to the bundle; and the translation by itself."""
    files = repository()
    started = time.perf_counter()
    workspace = open_workspace(MemoryTree(files)).demand()
    read = time.perf_counter()
    (bundle,), problems = compile_workspace(workspace)
    ended = time.perf_counter()
    if problems or len(bundle.policies) < DOCUMENTS:
        raise AssertionError(problems)
    return [
        Bound(f"{DOCUMENTS} governance documents to Cedar", (ended - read) * 1000, 2_000, "ms"),
        Bound(f"reading and translating {DOCUMENTS} governance documents", (ended - started) * 1000, 2_000, "ms"),
    ]
