"""What edits of the worked `http-rules` apps mean."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bylaw.diff.http_rules_semantic import RulesVerdict
from bylaw.diff.semantic import SemanticDiff
from bylaw.model.verdicts import Verdict
from bylaw.reporting.semantic import semantic_json, semantic_text
from tools.diff.test_semantic import edited, meaning, worked

EDITS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "rules_edits.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("edit", EDITS, ids=[edit["name"] for edit in EDITS])
def test_an_edit_means_what_was_expected(edit: dict[str, Any]) -> None:
    before = worked()

    (app,) = meaning(before, edited(before, edit["app"], edit["steps"]))

    assert app.verdict == edit["verdict"]
    assert edit.get("reason", "") in app.reason
    if isinstance(app, RulesVerdict):
        unequal = {agent.agent: str(agent.verdict) for agent in app.agents if agent.verdict is not Verdict.EQUAL}
        assert unequal == edit.get("agents", {})
    assert sorted(app.widened_by) == edit.get("widened_by", [])
    assert sorted(app.narrowed_by) == edit.get("narrowed_by", [])


@pytest.mark.parametrize("edit", EDITS, ids=[edit["name"] for edit in EDITS])
def test_every_cause_is_shown(edit: dict[str, Any]) -> None:
    before = worked()
    found = SemanticDiff(meaning(before, edited(before, edit["app"], edit["steps"])))

    text, data = semantic_text(found).plain, semantic_json(found)

    assert ("newly allowed, because of" in text) is bool(edit.get("widened_by"))
    assert ("no longer allowed, because of" in text) is bool(edit.get("narrowed_by"))
    assert isinstance(data, dict)
    assert data["verdict"] == edit["verdict"]
