"""JUnit XML."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

from hypothesis import given

from bylaw.reporting.junit import JUnitCase, JUnitSuite, Outcome, render, render_crash
from tools.reporting import samples
from tools.reporting.strategies import hostile_text

Golden = Callable[[str, str], None]

FILE = "tests/policies/refunds/limits.yaml"
SUITE = JUnitSuite(
    FILE,
    (
        JUnitCase("a small refund is allowed [clerk, small]", "refunds.limits", FILE, 12, 0.0021),
        JUnitCase(
            "a large refund is denied [clerk, large]",
            "refunds.limits",
            FILE,
            12,
            0.001,
            Outcome.FAILED,
            "expected deny, got allow",
            "wrong-decision",
            "allowed by `refund-small`\n    context.input.amount <= 1000   true",
        ),
        JUnitCase(
            "an unknown action", "refunds.limits", FILE, 30, 0.0, Outcome.ERROR, "no action `isue`", "invalid-request"
        ),
        JUnitCase("later", "refunds.limits", FILE, 40, 0.0, Outcome.SKIPPED, "waits for the schema, until 2026-06-30"),
    ),
)


def test_ordinary_suites(golden: Golden) -> None:
    golden("reporting/junit_normal.xml", render([SUITE]))


def test_no_suites(golden: Golden) -> None:
    golden("reporting/junit_empty.xml", render([]))


def test_a_crash(golden: Golden) -> None:
    golden("reporting/junit_crashed.xml", render_crash("broken invariant"))


def test_hostile_suites(golden: Golden) -> None:
    cases = tuple(JUnitCase(text, text, text, 1, 0, Outcome.FAILED, text, text, text) for text in samples.PAYLOADS)

    golden("reporting/junit_hostile.xml", render([JUnitSuite("hostile", cases)]))


def test_totals_add_up() -> None:
    root = ET.fromstring(render([SUITE, SUITE]))  # noqa: S314 - our own

    assert root.attrib == {
        "name": "bylaw",
        "tests": "8",
        "failures": "2",
        "errors": "2",
        "skipped": "2",
        "time": "0.006",
    }


@given(hostile_text)
def test_any_text_gives_a_document_that_parses(text: str) -> None:
    case = JUnitCase(text, text, text, 1, 0, Outcome.ERROR, text, text, text)
    root = ET.fromstring(render([JUnitSuite(text, (case,))]))  # noqa: S314 - our own

    assert [element.tag for element in root.iter()] == ["testsuites", "testsuite", "testcase", "error"]
