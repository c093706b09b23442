"""LCOV: records that its tools read."""

from bylaw.reporting.lcov import render
from tools.reporting.coverage_samples import REPORT


def test_a_policy_is_a_record_with_lines_and_branches() -> None:
    assert render([REPORT]).split("end_of_record\n")[0].splitlines() == [
        "TN:",
        "SF:policies/desk/limits/pay.cedar",
        "FN:3,limits/pay",
        "FNDA:2,limits/pay",
        "FNF:1",
        "FNH:1",
        "BRDA:4,0,0,3",
        "BRDA:4,0,1,2",
        "BRDA:4,1,0,2",
        "BRDA:4,1,1,0",
        "BRDA:6,0,0,-",
        "BRDA:6,0,1,-",
        "BRF:6",
        "BRH:3",
        "DA:3,5",
        "DA:4,5",
        "DA:5,0",
        "DA:6,0",
        "LF:4",
        "LH:2",
    ]


def test_what_is_excluded_has_no_record() -> None:
    text = render([REPORT])

    assert "old.cedar" not in text
    assert text.count("end_of_record") == 2
    assert "\n7," not in text


def test_no_reports_are_an_empty_file() -> None:
    assert render([]) == ""
