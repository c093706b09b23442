"""Suite documents: strict, and clear about what is wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bylaw.repository.documents.loading import load_document
from bylaw.testing.documents import SuiteDocument

CASES = yaml.safe_load((Path(__file__).parent / "cases/documents.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_no_suite_says_why(case: dict[str, Any]) -> None:
    document, diagnostics = load_document(SuiteDocument, case["source"], "suite.yaml")

    assert document is None
    assert sorted(f"{d.code} {d.message} / {d.help or '-'}" for d in diagnostics) == case["says"]


def test_the_schema_of_a_suite_can_be_generated() -> None:
    properties = SuiteDocument.model_json_schema()["properties"]

    assert {"suite", "tests", "principals", "use"} <= set(properties)
