"""Policy coverage as Cobertura XML (coverage-04): an app is a package, a policy a class, a condition a branch with two ways."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from typing import Final

from bylaw.reporting.hostile import xml_text
from bylaw.testing.coverage import CoverageReport, PolicyCoverage
from bylaw.testing.lines import Line, lines
from bylaw.testing.ratio import Ratio

DOCTYPE: Final = "<!DOCTYPE coverage SYSTEM 'http://cobertura.sourceforge.net/xml/coverage-04.dtd'>"


def render(reports: Iterable[CoverageReport], *, version: str, timestamp: int) -> str:
    """The document; ends with a line break.

    Args:
        reports: One for each app.
        version: Of the tool.
        timestamp: Milliseconds since 1970 that the document is to name.
    """
    apps = sorted(reports, key=lambda report: report.app)
    rows = [row for report in apps for policy in report.policies for row in lines(policy)]
    covered, taken = _line_ratio(rows), _branch_ratio(rows)
    numbers = {
        "lines-covered": covered.part,
        "lines-valid": covered.whole,
        "branches-covered": taken.part,
        "branches-valid": taken.whole,
        "timestamp": timestamp,
    }
    root = ET.Element(
        "coverage",
        {**_rates(rows), **{key: str(value) for key, value in numbers.items()}, "version": xml_text(version)},
    )
    ET.SubElement(ET.SubElement(root, "sources"), "source").text = "."
    packages = ET.SubElement(root, "packages")
    for report in apps:
        _add_package(packages, report)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{DOCTYPE}\n{ET.tostring(root, encoding="unicode")}\n'


def _add_package(parent: ET.Element, report: CoverageReport) -> None:
    rows = [row for policy in report.policies for row in lines(policy)]
    package = ET.SubElement(parent, "package", {"name": xml_text(report.app), **_rates(rows)})
    classes = ET.SubElement(package, "classes")
    for policy in report.policies:
        if policy.excluded is None:
            _add_class(classes, policy)


def _add_class(parent: ET.Element, policy: PolicyCoverage) -> None:
    rows = lines(policy)
    names = {"name": xml_text(policy.policy), "filename": xml_text(policy.span.path)}
    element = ET.SubElement(parent, "class", {**names, **_rates(rows)})
    ET.SubElement(element, "methods")
    listing = ET.SubElement(element, "lines")
    for row in rows:
        _add_line(listing, row)


def _add_line(parent: ET.Element, row: Line) -> None:
    attributes = {"number": str(row.number), "hits": str(row.hits), "branch": "true" if row.branches else "false"}
    if not row.branches:
        ET.SubElement(parent, "line", attributes)
        return
    taken = _branch_ratio([row])
    share = f"{taken.part * 100 // taken.whole}% ({taken.part}/{taken.whole})"
    element = ET.SubElement(parent, "line", {**attributes, "condition-coverage": share})
    conditions = ET.SubElement(element, "conditions")
    for number, branch in enumerate(row.branches):
        coverage = f"{branch.ratio.part * 50}%"
        ET.SubElement(conditions, "condition", {"number": str(number), "type": "jump", "coverage": coverage})


def _rates(rows: Sequence[Line]) -> dict[str, str]:
    return {
        "line-rate": _rate(_line_ratio(rows)),
        "branch-rate": _rate(_branch_ratio(rows)),
        "complexity": "0",
    }


def _line_ratio(rows: Sequence[Line]) -> Ratio:
    return Ratio(sum(row.hits > 0 for row in rows), len(rows))


def _branch_ratio(rows: Sequence[Line]) -> Ratio:
    return Ratio(sum(row.taken for row in rows), 2 * sum(len(row.branches) for row in rows))


def _rate(ratio: Ratio) -> str:
    return f"{ratio.part / ratio.whole:.4f}" if ratio.whole else "1.0000"
