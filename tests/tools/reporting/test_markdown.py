"""The pull-request report."""

from collections.abc import Callable

from hypothesis import given
from markdown_it import MarkdownIt

from bylaw.model.diagnostics import Severity
from bylaw.reporting import markdown
from bylaw.reporting.hostile import code_span
from bylaw.reporting.junit import JUnitCase, JUnitSuite, Outcome
from bylaw.reporting.markdown import Coverage, PlannedChange, PlanView
from bylaw.reporting.problem import Problem
from bylaw.reporting.sections import Priority, Section, assemble
from tools.reporting import samples
from tools.reporting.strategies import hostile_text
from tools.reporting.test_junit import SUITE

Golden = Callable[[str, str], None]

PLAN = PlanView(
    "prod-eu",
    "5f1c0de5f1c0",
    "1 to create, 1 to update, 1 to delete",
    (
        PlannedChange("create", "refunds/limits/cap-refund", "permit"),
        PlannedChange("update", "refunds/guards/no-weekend", "forbid: `when` clause changed"),
        PlannedChange("delete", "refunds/legacy/old-cap"),
    ),
    ("6 deletes, limit 5 (`targets.prod-eu.limits.max_deletes`)",),
)


def page(*sections: Section) -> str:
    return assemble(sections)


def test_an_ordinary_report(golden: Golden) -> None:
    access = markdown.table(
        Priority.ACCESS,
        "Newly allowed",
        ("request environment", "verdict"),
        [(code_span("(OAuthUser, Refunds___issue, Gateway)", in_table=True), "widens")],
    )
    report = page(
        markdown.verdict(ok=False, text="1 error in app `refunds`", compared=("a" * 40, "b" * 40)),
        access,
        markdown.findings(samples.NORMAL),
        markdown.suite_results([SUITE], [Coverage("policy", 11, 12), Coverage("condition", 0, 0)]),
        markdown.plan(PLAN),
        markdown.details("Changed clauses", "- old\n+ new\n", info="diff"),
    )

    golden("reporting/markdown_normal.md", report)


def test_a_report_with_nothing_to_say(golden: Golden) -> None:
    passed = JUnitCase("a", "b", "c", 1)
    report = page(
        markdown.verdict(ok=True, text="nothing changed"),
        markdown.findings([]),
        markdown.suite_results([JUnitSuite("s", (passed,))]),
        markdown.plan(PlanView("local", "0" * 12, "no changes", ())),
    )

    golden("reporting/markdown_empty.md", report)


def hostile_report(text: str) -> str:
    case = JUnitCase(text, text, text, 1, 0, Outcome.FAILED, text)
    return page(
        markdown.verdict(ok=False, text=text, compared=(text, text)),
        markdown.findings([samples.hostile(text)]),
        markdown.suite_results([JUnitSuite(text, (case,))], [Coverage(text, 1, 2)]),
        markdown.plan(PlanView(text, text, "1 to create", (PlannedChange(text, text, text),), (text,), (text,))),
        markdown.details("Text", text),
    )


def test_a_hostile_report(golden: Golden) -> None:
    golden("reporting/markdown_hostile.md", "\n".join(map(hostile_report, samples.PAYLOADS)))


def test_coverage_is_rounded_down() -> None:
    assert Coverage("clause", 999, 1000).text == "clause 99.9 % (999 of 1,000)"
    assert Coverage("clause", 9999, 10_000).text == "clause 99.9 % (9,999 of 10,000)"
    assert Coverage("clause", 1, 1).text == "clause 100.0 % (1 of 1)"


def shape(markdown_text: str) -> list[str]:
    """The blocks of a page without what stands in them."""
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown_text)
    return [token.type for token in blocks if token.type != "inline"]


PLAIN_SHAPE = shape(hostile_report("text"))


@given(hostile_text)
def test_no_text_changes_the_shape_of_the_report(text: str) -> None:
    rendered = hostile_report(text or "x")

    assert shape(rendered) == PLAIN_SHAPE
    assert "<!--" not in rendered.replace("`", "") or "`" in rendered


@given(hostile_text)
def test_no_text_adds_html_links_or_images(text: str) -> None:
    children = [
        child.type
        for token in MarkdownIt("gfm-like", {"linkify": False}).parse(page(markdown.findings([samples.hostile(text)])))
        for child in token.children or ()
    ]

    assert not {"link_open", "image"} & set(children)
    assert children.count("html_inline") % 2 == 0


def test_problems_without_a_place_have_a_dash() -> None:
    assert "| error | `x` | — | y |" in page(markdown.findings([Problem("x", Severity.ERROR, "y")]))
