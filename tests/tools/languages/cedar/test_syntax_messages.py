"""What is said of policies that cannot be read: one case a mistake that people make, in `cases/cedar/syntax.yaml`."""

import pytest

from bylaw.languages.cedar.parser import parse_statement, parse_statements
from tools.languages.cedar.marked import PATH, Marked, compare, marked_cases

CASES = marked_cases("syntax")
WHOLE_FILES = {"no-statement", "several-statements"}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_where_it_stands(case: Marked) -> None:
    compare(parse_statement(case.plain, PATH).diagnostics, case, PATH)


@pytest.mark.parametrize("case", CASES)
def test_the_place_moves_with_what_stands_before_it(case: Marked) -> None:
    if case.says[0].code in WHOLE_FILES or case.name == "text behind the statement":
        return  # wrong only where one statement must stand alone
    before = "permit (principal, action, resource);\n\n"

    found = parse_statements(before + case.plain, PATH).diagnostics

    compare(found, case.model_copy(update={"policy": before + case.text}), PATH)
