"""Every case file: a source, the schema that comes of it, and what is said of it."""

import pytest

from tools.generation.cases import Case, cases, outcome


@pytest.mark.parametrize("case", [*cases("types"), *cases("flags"), *cases("hostile")])
def test_the_arguments_of_a_tool(case: Case) -> None:
    found = outcome(case)

    assert found.says == case.says
    assert (found.arguments if found.schema_text else "") == case.arguments


@pytest.mark.parametrize("case", [*cases("sources"), *cases("openapi")])
def test_the_tools_of_a_source(case: Case) -> None:
    found = outcome(case)

    assert found.says == case.says
    assert found.schema_text == case.schema_text
