"""JUnit XML, as test dashboards read it.

The values here are the reporter's own, so that it does not depend on how tests are run; the caller maps. A case that decided
wrongly is a failure; one that could not run is an error.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bylaw.reporting.hostile import xml_text

CRASH_SUITE: Final = "bylaw"


class Outcome(StrEnum):
    """What became of a case."""

    PASSED = "passed"
    FAILED = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class JUnitCase:
    """One test."""

    name: str
    """The test with its coordinates in the matrix."""
    classname: str
    """App and suite."""
    file: str
    line: int
    seconds: float = 0.0
    outcome: Outcome = Outcome.PASSED
    message: str = ""
    """One line: what was expected and what came, or why it was skipped."""
    kind: str = ""
    """A stable word for the sort of failure."""
    detail: str = ""
    """The whole explanation."""


@dataclass(frozen=True, slots=True)
class JUnitSuite:
    """The tests of one suite file."""

    name: str
    cases: tuple[JUnitCase, ...]

    def number(self, outcome: Outcome) -> int:
        """How many cases ended as `outcome`."""
        return sum(case.outcome is outcome for case in self.cases)

    @property
    def seconds(self) -> float:
        """The time of all cases."""
        return sum(case.seconds for case in self.cases)


def render(suites: Iterable[JUnitSuite]) -> str:
    """The document; ends with a line break."""
    rows = tuple(suites)
    root = ET.Element("testsuites", _totals("bylaw", rows))
    for suite in rows:
        element = ET.SubElement(root, "testsuite", _totals(suite.name, (suite,)))
        for case in suite.cases:
            _add_case(element, case)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def render_crash(message: str) -> str:
    """The document of a run that could not finish: one suite with one error."""
    case = JUnitCase(
        name="run",
        classname=CRASH_SUITE,
        file="",
        line=0,
        outcome=Outcome.ERROR,
        message=message,
        kind="internal-error",
    )
    return render((JUnitSuite(CRASH_SUITE, (case,)),))


def _totals(name: str, suites: tuple[JUnitSuite, ...]) -> dict[str, str]:
    return {
        "name": xml_text(name),
        "tests": str(sum(len(suite.cases) for suite in suites)),
        "failures": str(sum(suite.number(Outcome.FAILED) for suite in suites)),
        "errors": str(sum(suite.number(Outcome.ERROR) for suite in suites)),
        "skipped": str(sum(suite.number(Outcome.SKIPPED) for suite in suites)),
        "time": _seconds(sum(suite.seconds for suite in suites)),
    }


def _add_case(parent: ET.Element, case: JUnitCase) -> None:
    attributes = {"classname": xml_text(case.classname), "name": xml_text(case.name)}
    if case.file:
        attributes |= {"file": xml_text(case.file), "line": str(case.line)}
    element = ET.SubElement(parent, "testcase", attributes | {"time": _seconds(case.seconds)})
    if case.outcome is Outcome.PASSED:
        return
    child = ET.SubElement(element, case.outcome, {"message": xml_text(case.message)})
    if case.kind:
        child.set("type", xml_text(case.kind))
    if case.detail:
        child.text = xml_text(case.detail)


def _seconds(value: float) -> str:
    return f"{value:.3f}"
