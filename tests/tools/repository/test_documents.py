"""Documents: strict models whose complaints carry line, column and the nearest valid key."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bylaw.model.diagnostics import Diagnostic
from bylaw.model.identifiers import is_policy_id, is_segment
from bylaw.repository.documents.app import AppDocument, Link
from bylaw.repository.documents.loading import load_document
from bylaw.repository.documents.settings import Settings

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/documents/settings.yaml").read_text(encoding="utf-8"))


def told(item: Diagnostic) -> str:
    return f"{item.code} {item.span} {item.message} / {item.help or '-'}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_bad_settings_file_says_what_where_and_what_to_do(case: dict[str, Any]) -> None:
    settings, diagnostics = load_document(Settings, case["source"], "bylaw.yaml")

    assert settings is None
    assert [told(item) for item in diagnostics] == case["says"]


def test_a_whole_settings_file_is_read_into_frozen_values() -> None:
    source = """
version: 1
owner: example/policies
targets:
  prod:
    backend: local
    limits: {max_deletes: 2}
    suspend: {reason: freeze, by: ops, until: "2026-12-31T00:00:00Z"}
"""

    settings, diagnostics = load_document(Settings, source, "bylaw.yaml")

    assert diagnostics == ()
    assert settings is not None
    assert settings.targets["prod"].limits.max_deletes == 2
    assert settings.targets["prod"].suspend is not None
    assert settings.targets["prod"].suspend.until.year == 2026


@pytest.mark.parametrize("path", ["/etc/passwd", "../up", "a/../../b", "a\\b", "a//b"])
def test_a_path_never_leaves_the_repository(path: str) -> None:
    source = f"app: a\nabout: b\nowners: [c]\nschema: '{path}'\n"

    document, diagnostics = load_document(AppDocument, source, "app.yaml")

    assert document is None
    assert [item.code for item in diagnostics] == ["invalid-value"]


@given(st.text(alphabet="ab-/A_0", max_size=12))
def test_the_models_and_the_identifiers_agree_on_names(text: str) -> None:
    app = {"app": text, "about": "x", "owners": ("x",)}
    link = {"id": text, "template": "t", "values": {"principal": "x"}}

    assert is_segment(text) == _accepts(AppDocument, app)
    assert is_policy_id(text) == _accepts(Link, link)


def _accepts(model: type[AppDocument] | type[Link], value: dict[str, Any]) -> bool:
    try:
        model.model_validate(value)
    except ValueError:
        return False
    return True
