"""A small app, `desk`, in memory: its policies, its schema, and whatever suites a test writes for it."""

from collections.abc import Mapping
from datetime import date
from textwrap import dedent
from typing import NamedTuple

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.languages.cedar.loading import load_program
from bylaw.languages.cedar.program import CedarProgram
from bylaw.model.diagnostics import Diagnostic
from bylaw.repository.layout import App, load_repository
from bylaw.repository.trees import MemoryTree
from bylaw.testing.case import Case, Suite
from bylaw.testing.loading import load_suites
from bylaw.testing.runner import TestReport, run_suites
from bylaw.testing.vocabulary import vocabulary_of

TODAY = date(2026, 3, 2)

SCHEMA = """
namespace Desk {
  entity Team in [Team];
  entity Agent in [Team] = { level: Long, nick?: String } tags String;
  entity Service;
  entity Ticket = { owner: Agent, labels: Set<String> };
  action reading;
  action read in [reading] appliesTo { principal: [Agent, Service], resource: [Ticket], context: { urgent?: Bool, note?: String } };
  action pay appliesTo { principal: [Agent], resource: [Ticket], context: { amount: Long, price?: decimal, now?: datetime } };
}
"""

POLICIES = {
    "access/read-own": (
        'permit (principal is Desk::Agent, action in Desk::Action::"reading", resource)\nwhen { resource.owner == principal };\n'
    ),
    "access/read-team": (
        'permit (principal in Desk::Team::"desk", action == Desk::Action::"read", resource)\n'
        'unless { resource.labels.contains("secret") };\n'
    ),
    "limits/pay-small": (
        'permit (principal, action == Desk::Action::"pay", resource)\nwhen { context.amount <= 100 && principal.level >= 2 };\n'
    ),
    "guards/no-nick": (
        'forbid (principal is Desk::Agent, action, resource)\nwhen { principal has nick && principal.nick like "x*" };\n'
    ),
}

FIXTURES = """
principals:
  ann: {type: "Desk::Agent", id: ann, attrs: {level: 3}, parents: [{type: "Desk::Team", id: desk}]}
  bob: {type: "Desk::Agent", id: bob, attrs: {level: 1}}
  bad: {type: "Desk::Agent", id: bad, attrs: {level: 9, nick: xylo}}
  job: {type: "Desk::Service", id: job}
resources:
  plan: {type: "Desk::Ticket", id: plan, attrs: {owner: {type: "Desk::Agent", id: bob}, labels: []}}
  vault: {type: "Desk::Ticket", id: vault, attrs: {owner: {type: "Desk::Agent", id: bob}, labels: [secret]}}
contexts:
  calm: {}
  rush: {urgent: true}
  cheap: {amount: 100}
  dear: {amount: 101}
groups:
  agents: [ann, bob]
  everyone: [agents, bad, job]
  both: [plan, vault]
"""


class Loaded(NamedTuple):
    """The app, its suites, and what is wrong with them."""

    app: App
    program: CedarProgram
    suites: tuple[Suite, ...]
    diagnostics: tuple[Diagnostic, ...]

    def run(self) -> TestReport[Case]:
        """The results of all suites."""
        return run_suites(self.suites, CedarEvaluator.of(self.program), today=TODAY)


def load(
    files: Mapping[str, str], *, policies: Mapping[str, str] = POLICIES, schema: str | None = SCHEMA, app: str = ""
) -> Loaded:
    """The app with `files` below its test directory; beside them stands `fixtures.yaml`."""
    tree = {
        "bylaw.yaml": "version: 1\nowner: example/policies\n",
        "policies/desk/app.yaml": "app: desk\nabout: tickets\nowners: [team]\n"
        + ("schema: schemas/desk.cedarschema\n" if schema else "")
        + app,
        **({"schemas/desk.cedarschema": schema} if schema else {}),
        **{f"policies/desk/{name}.cedar": text for name, text in policies.items()},
        **{f"tests/policies/desk/{name}": dedent(text) for name, text in {"fixtures.yaml": FIXTURES, **files}.items()},
    }
    repository, problems = load_repository(MemoryTree(tree))
    assert not problems.has_errors, list(problems)
    program, found = load_program(repository.by_id["desk"])
    assert not found, found
    suites, diagnostics = load_suites(repository.by_id["desk"], vocabulary_of(program))
    return Loaded(repository.by_id["desk"], program, suites, diagnostics)


def suite(tests: str, *, more: str = "") -> str:
    """The text of a suite that uses the fixtures."""
    return f"suite: desk\nuse: [fixtures.yaml]\n{dedent(more)}tests:\n{dedent(tests)}"


def told(item: Diagnostic) -> str:
    """A diagnostic in one line."""
    place = f"{item.span.path.removeprefix('tests/policies/desk/')}:{item.span.start}" if item.span else "-"
    return f"{item.severity} {item.code} {place} {item.message} / {item.help or '-'}"
