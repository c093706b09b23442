"""Every rule has a page, generated from the rule, whose examples are what the rule says of them."""

import re
from pathlib import Path

import pytest

from bylaw import __version__
from bylaw.analysis.registry import REGISTRY
from bylaw.analysis.rule import ExceptionRule, MetaRule, Need, Rule
from bylaw.analysis.rule_pages import HEADINGS, OPTIONAL, page_path, render, render_all, sections_of
from bylaw.analysis.smt.frame import OPEN
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.languages.cedar.parser import parse_statements
from bylaw.pipeline.proving import Prove, prover
from tools.analysis import casefile
from tools.analysis.casefile import CASES

BLOCK = re.compile(r"```cedar\n(.*?)```", re.DOTALL)
DOCUMENT = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
FILES = [casefile.load(path) for path in sorted(CASES.glob("*.yaml"))]
FIXABLE = {file.rule for file in FILES if any(case.fix for case in file.bad)}
rules = pytest.mark.parametrize("rule", REGISTRY, ids=lambda rule: rule.id)


def statements(rule: type[Rule], heading: str) -> dict[str, str]:
    """The Cedar statements, or the document, below a heading of the rule's page, by an id each."""
    found: dict[str, str] = {}
    if "cedar" not in rule.languages:
        texts = DOCUMENT.findall(sections_of(rule)[1].get(heading, ""))
        name = "exceptions/policy" if issubclass(rule, ExceptionRule) else "agent"
        return {name: texts[0]} if texts else {}
    for block in BLOCK.findall(sections_of(rule)[1].get(heading, "")):
        parsed = parse_statements(block, rule.id)
        assert parsed.diagnostics == ()
        start = 0
        for statement in parsed.statements:
            found[f"example/p{len(found)}"] = block[start : statement.end]
            start = statement.end
    return found


def test_the_pages_are_fresh(root: Path) -> None:
    expected = render_all()
    present = {
        f"docs/rules/{path.name}": path.read_text(encoding="utf-8") for path in (root / "docs/rules").glob("*.md")
    }

    assert present == dict(expected), "run `make generate`"


@rules
def test_a_page_has_every_heading_once_and_in_order(rule: type[Rule]) -> None:
    page, own = render(rule), sections_of(rule)[1]

    expected = [heading for heading in HEADINGS if heading not in OPTIONAL or heading in own]
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == expected
    assert "\n## What it finds\n\n\n" not in page


@rules
def test_a_rule_says_what_it_finds_why_it_matters_and_what_to_write_instead(rule: type[Rule]) -> None:
    summary, sections = sections_of(rule)

    assert summary.endswith(".")
    assert all(sections[heading] for heading in HEADINGS[:4])
    assert set(sections) <= set(HEADINGS)


@rules
def test_a_rule_explains_its_fix_if_and_only_if_it_has_one(rule: type[Rule]) -> None:
    assert ("Fix safety" in sections_of(rule)[1]) is (rule.id in FIXABLE)


@rules
def test_a_rule_says_since_when_it_exists(rule: type[Rule]) -> None:
    def release(text: str) -> list[int]:
        return [int(number) for number in re.findall(r"[0-9]+", text)[:3]]

    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", rule.since)
    assert release(rule.since) <= release(__version__)


@pytest.mark.parametrize(
    "rule", [rule for rule in REGISTRY if not issubclass(rule, MetaRule)], ids=lambda rule: rule.id
)
def test_the_example_is_bad_and_what_stands_instead_is_not(rule: type[Rule]) -> None:
    scene = casefile.variant(casefile.load(CASES / f"{rule.id}.yaml").bad[0], source=None)
    above = {name: text for name, text in scene.files.items() if name in {"guardrails", "everybody", "limits"}}
    prove = _solver() if Need.PROOFS in rule.needs else None
    example, instead = statements(rule, "Example"), statements(rule, "Instead")

    if example:
        found, _ = casefile.findings(rule.id, casefile.variant(scene, files=above | example), prove)
        assert found
    if instead:
        found, _ = casefile.findings(rule.id, casefile.variant(scene, files=above | instead), prove)
        assert found == []


def _solver() -> Prove:
    """A real one: what is made up for the cases says nothing of other policies."""
    return prover(Options(make_solver, world=OPEN))


def test_the_index_lists_every_rule() -> None:
    index = render_all()["docs/rules/index.md"]

    assert all(f"[{rule.id}]({rule.id}.md)" in index for rule in REGISTRY)
    assert len({page_path(rule) for rule in REGISTRY}) == len(REGISTRY)
