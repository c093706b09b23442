"""Hostile YAML is refused with a place; friendly YAML follows the 1.2 core schema."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bylaw.model.spans import Position
from bylaw.repository.yaml_reader import MAX_DEPTH, read_yaml

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/documents/hostile.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_hostile_yaml_is_refused_with_one_diagnostic(case: dict[str, str]) -> None:
    file, diagnostics = read_yaml(case["source"], "x.yaml")

    assert file is None
    assert [f"{item.code} {item.span.start}" for item in diagnostics if item.span] == [case["says"]]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_nesting_is_bounded(opening: str, closing: str) -> None:
    within, _ = read_yaml(opening * MAX_DEPTH + "1" + closing * MAX_DEPTH, "x.yaml")
    beyond, diagnostics = read_yaml(opening * 5000, "x.yaml")

    assert within is not None
    assert beyond is None
    assert [item.code for item in diagnostics] == ["deep-nesting"]


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        ("no", "no"), ("on", "on"), ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("12", 12), ("-3", -3), ("1.5", 1.5), ("1e3", 1000.0), ("0o17", "0o17"), ("1_000", "1_000"),
        ("2026-03-02", "2026-03-02"), ("12:30:45", "12:30:45"), ('"12"', "12"), ("'true'", "true"),
    ],
)  # fmt: skip
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(scalar: str, expected: object) -> None:
    file, _ = read_yaml(f"a: {scalar}", "x.yaml")

    assert file is not None
    assert file.plain == {"a": expected}


def test_a_route_leads_to_the_value_and_to_the_key() -> None:
    file, _ = read_yaml("a:\n  - b: 1\n  - ccc: dd\n", "x.yaml")

    assert file is not None
    assert file.span(("a", 1, "ccc")).start == Position(3, 10)
    assert file.key_span(("a", 1, "ccc")).start == Position(3, 5)
    assert file.span(("a", 1, "nowhere", "deeper")).start == Position(3, 5)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_any_text_gives_a_document_or_diagnostics(text: str) -> None:
    file, diagnostics = read_yaml(text, "x.yaml")

    assert (file is None) == bool(diagnostics)
