"""The cases of a lint rule: YAML files that say what it must find, what it must not, and what its fix makes of it.

    rule: <id>
    bad:                         each: at least one finding, at the places marked «like this»
      - name: the story
        source: one policy or document, or `files:` by id
        message: what it says (`messages:` for several)
        fix: the text after its fix; `unsafe: true` where the fix has to be asked for
    good:                        each: no finding, though it nearly is one

`app`, `schema`, `entities`, `today`, `tested`, `limits`, `proven`, `options`, `beside` and `baseline` set the scene.
"""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from bylaw.analysis.baseline import Baseline, BaselineDocument
from bylaw.analysis.configuration import RuleConfig, configure
from bylaw.analysis.facts import AppContext, TargetLimits
from bylaw.analysis.finding import Finding, Persona
from bylaw.analysis.governance.view import GovernanceContext
from bylaw.analysis.http_rules.view import RulesContext
from bylaw.analysis.registry import REGISTRY
from bylaw.analysis.report import LintReport
from bylaw.analysis.runner import Context, lint
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarLink, CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.languages.cedar.uids import parse_uid
from bylaw.languages.exceptions import PolicyException
from bylaw.languages.governance.program import GovernanceProgram, read_policy
from bylaw.languages.http_rules.program import RulesPolicy, RulesProgram
from bylaw.languages.http_rules.reading import read_rules
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef, TargetId
from bylaw.model.spans import LineIndex, Span
from bylaw.pipeline.proving import Prove
from bylaw.repository.documents.app import AppDocument
from bylaw.repository.documents.exceptions import ExceptionDocument
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.documents.settings import LintSettings, RuleSettings
from bylaw.testing.http_rules import decisive, run_cases
from tools.analysis.proven_case import ProvenCase, proven_of

HERE = Path(__file__).parent
CASES = HERE.parent / "cases/rules"
APP = AppId("desk")
TODAY = date(2026, 3, 1)
OPEN, CLOSE = "«", "»"
BY_ID = {rule.id: rule for rule in REGISTRY}


class Case(BaseModel):
    """One scene."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    source: str | None = None
    files: dict[str, str] = {}
    message: str | None = None
    messages: list[str] = []
    fix: str | None = None
    unsafe: bool = False
    app: str = Field(default="", description="more of `app.yaml`")
    schema_: str | bool = Field(default=True, alias="schema", description="false: none; text: another than the world's")
    entities: dict[str, list[str]] = Field(default={}, description="each entity of the inventory with its parents")
    today: date = TODAY
    tested: list[str] | None = None
    limits: dict[str, dict[str, int]] = {}
    proven: ProvenCase | None = None
    options: dict[str, int | list[str]] = {}
    beside: list[str] = Field(default=[], description="other rules that run as well")
    baseline: str = ""

    @property
    def marked(self) -> dict[str, str]:
        """Policies by id, with the marks."""
        return self.files if self.source is None else {"area/policy": self.source}

    @property
    def expected_messages(self) -> list[str]:
        """What must be said, in order."""
        return self.messages or ([self.message] if self.message else [])


class CaseFile(BaseModel):
    """All cases of one rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    bad: list[Case]
    good: list[Case]


def load(path: Path) -> CaseFile:
    """Read a file of cases."""
    return CaseFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def unmark(text: str, path: str) -> tuple[str, list[Span]]:
    """The text without its marks, and the spans they enclose, by place."""
    plain, opened, found = "", [], []
    for character in text:
        if character == OPEN:
            opened.append(len(plain))
        elif character == CLOSE:
            found.append((opened.pop(), len(plain)))
        else:
            plain += character
    lines = LineIndex(plain)
    return plain, sorted(lines.span(path, start, end) for start, end in found)


_SCHEMAS: dict[str, Schema] = {}


def world(text: str | bool = True) -> Schema | None:  # noqa: FBT001, FBT002 - as the case files spell it
    """The schema of a case."""
    if text is False:
        return None
    source = (HERE / "world.cedarschema").read_text(encoding="utf-8") if text is True else str(text)
    if source not in _SCHEMAS:
        schema, diagnostics = read_schema(source, "schemas/world.cedarschema")
        assert schema is not None, diagnostics
        _SCHEMAS[source] = schema
    return _SCHEMAS[source]


def policy(name: str, text: str) -> CedarPolicy:
    """A policy of the app `desk`."""
    path = f"policies/{APP}/{name}.cedar"
    parsed = parse_statement(text, path)
    assert parsed.statement is not None, parsed.diagnostics
    return CedarPolicy(PolicyRef(APP, PolicyId(name)), path, text, parsed.statement)


def context(case: Case) -> tuple[AppContext, list[Span]]:
    """The app of a case, and the spans it marks."""
    spans: list[Span] = []
    policies = []
    for name, marked in sorted(case.marked.items()):
        text, found = unmark(marked, f"policies/{APP}/{name}.cedar")
        spans += found
        policies.append(policy(name, text))
    head = "app: desk\nabout: a desk of agents\nowners: [team-desk]\n"
    app_text, found = unmark(head + case.app, f"policies/{APP}/app.yaml")
    spans += found
    document, places, problems = load_with_places(AppDocument, app_text, f"policies/{APP}/app.yaml")
    assert document is not None, problems
    assert places is not None
    by_id = {str(p.ref.policy): p for p in policies}
    links = []
    for index, link in enumerate(document.links):
        values = {str(slot): uid for slot, text in link.values.items() if (uid := parse_uid(text))}
        ref = PolicyRef(APP, PolicyId(link.id))
        links.append(CedarLink(ref, by_id[link.template], values, places.span(("links", index)), link.description))
    program = CedarProgram(
        app=APP,
        policies=tuple(policies),
        links=tuple(links),
        schema=world(case.schema_),
        schema_path=document.schema_,
        entities_json=_entities(case),
        entities_path=document.entities,
    )
    limits = tuple(TargetLimits(TargetId(name), **values) for name, values in case.limits.items())
    tested = None if case.tested is None else frozenset(map(PolicyId, case.tested))
    proven = None if case.proven is None else proven_of(case.proven, program)
    app = AppContext(program, document, case.today, places=places, tested=tested, limits=limits, proven=proven)
    return app, spans


def rules_context(case: Case) -> tuple[RulesContext, list[Span]]:
    """The `http-rules` app of a case, and the spans it marks."""
    spans: list[Span] = []
    policies = []
    for name, marked in sorted(case.marked.items()):
        path = f"policies/{APP}/{name}.yaml"
        text, found = unmark(marked, path)
        spans += found
        read = read_rules(text, path)
        assert read.rules is not None, read.diagnostics
        assert read.file is not None
        policies.append(RulesPolicy(PolicyRef(APP, PolicyId(name)), read.file, read.rules, read.cases))
    program = RulesProgram(APP, tuple(policies))
    by_document = None if case.tested is None else decisive(run_cases(program, lambda _: True))
    return RulesContext(program, case.today, tested=by_document), spans


def governance_context(case: Case) -> tuple[GovernanceContext, list[Span]]:
    """The `governance` app of a case, and the spans it marks."""
    spans: list[Span] = []
    files, exceptions = [], []
    for name, marked in sorted(case.marked.items()):
        path = f"policies/{APP}/{name}.yaml"
        text, found = unmark(marked, path)
        spans += found
        if name.startswith("exceptions/"):
            document, places, problems = load_with_places(ExceptionDocument, text, path)
            assert document is not None, problems
            assert places is not None
            exceptions.append(PolicyException(PolicyRef(APP, PolicyId(name)), document, places))
            continue
        file, problems = read_policy(PolicyRef(APP, PolicyId(name)), path, text)
        assert file is not None, problems
        files.append(file)
    return GovernanceContext(GovernanceProgram(APP, tuple(files), tuple(exceptions)), case.today), spans


def _entities(case: Case) -> str:
    items: list[dict[str, Any]] = []
    for text, parents in case.entities.items():
        uids = [parse_uid(uid) for uid in (text, *parents)]
        assert all(uids), case.name
        own, *above = [{"type": uid.type, "id": uid.id} for uid in uids if uid]
        items.append({"uid": own, "attrs": {}, "parents": above})
    return json.dumps(items)


def configs(rule: str, case: Case) -> tuple[RuleConfig, ...]:
    """The rule alone, and what the case wants beside it."""
    settings = LintSettings(rules={rule: RuleSettings(options=dict(case.options))} if case.options else {})
    found, problems = configure(REGISTRY, settings, persona=Persona.AUDITOR)
    assert problems == (), problems
    return tuple(config for config in found if config.rule.id in {rule, *case.beside})


def report(rule: str, case: Case, prove: Prove | None = None) -> tuple[LintReport, list[Span]]:
    """What linting says of the case, and the spans it marks; with a solver, what that proves counts instead of the case's."""
    app, spans = _any_context(rule, case, prove)
    text, found = unmark(case.baseline, "bylaw-baseline.yaml")
    baseline = Baseline(None)
    if text:
        document, places, problems = load_with_places(BaselineDocument, text, "bylaw-baseline.yaml")
        assert document is not None, problems
        baseline = Baseline(document, places)
    return lint((app,), configs(rule, case), baseline=baseline), [*spans, *found]


def _any_context(rule: str, case: Case, prove: Prove | None) -> tuple[Context, list[Span]]:
    match sorted(BY_ID[rule].languages):
        case ["http-rules"]:
            return rules_context(case)
        case ["governance"] | ["cedar", "governance"]:
            return governance_context(case)
    app, spans = context(case)
    return (app if prove is None else replace(app, proven=prove(app.program))), spans


def findings(rule: str, case: Case, prove: Prove | None = None) -> tuple[list[Finding], list[Span]]:
    """What the rule finds, and the spans the case marks."""
    said, spans = report(rule, case, prove)
    return [finding for finding in said.findings if finding.rule == rule and finding.counts], spans


def variant(case: Case, **changes: Any) -> Case:
    """The case, changed."""
    return case.model_copy(update=changes)
