"""What edits of the worked apps mean."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.diff.cedar_semantic import CedarVerdict, EnvironmentChange, Presence
from bylaw.diff.semantic import AppVerdict
from bylaw.diff.structural import ChangedFile, compare
from bylaw.model.verdicts import Verdict
from bylaw.pipeline.semantic import semantic_diff
from bylaw.repository.trees import MemoryTree

ROOT = Path(__file__).parents[3]
EDITS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "edits.yaml").read_text(encoding="utf-8"))
OPTIONS = Options(make_solver)


def worked() -> dict[str, bytes]:
    """The files of this repository that decide."""
    places = [ROOT / "bylaw.yaml", *(ROOT / "policies").rglob("*.*"), *(ROOT / "schemas").glob("*.cedarschema")]
    return {str(place.relative_to(ROOT)): place.read_bytes() for place in places if place.is_file()}


def edited(files: dict[str, bytes], app: str, steps: list[dict[str, str]]) -> dict[str, bytes]:
    after = dict(files)
    for step in steps:
        match step:
            case {"file": name, "from": old, "to": new} | {"schema": name, "from": old, "to": new}:
                path = f"schemas/{name}" if "schema" in step else f"policies/{app}/{name}"
                text = after[path].decode()
                assert text.count(old) == 1, (path, text.count(old), old)
                after[path] = text.replace(old, new).encode()
            case {"remove": name}:
                del after[f"policies/{app}/{name}"]
            case {"move": name, "to": new}:
                after[f"policies/{app}/{new}"] = after.pop(f"policies/{app}/{name}")
            case {"add": name, "text": text}:
                after[f"policies/{app}/{name}"] = text.encode()
    return after


def meaning(before: dict[str, bytes], after: dict[str, bytes]) -> tuple[AppVerdict, ...]:
    differing = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    changed = [ChangedFile(path, _read(before, path), _read(after, path)) for path in differing]
    return semantic_diff(MemoryTree(before), MemoryTree(after), compare("a", "b", changed), OPTIONS).apps


def _read(files: dict[str, bytes], path: str) -> Any:
    return (lambda: files[path]) if path in files else None


def short(change: EnvironmentChange) -> str:
    environment = change.environment
    return f"{environment.principal.rpartition('::')[2]} {environment.action.id}"


@pytest.mark.parametrize("edit", EDITS, ids=[edit["name"] for edit in EDITS])
def test_an_edit_means_what_was_expected(edit: dict[str, Any]) -> None:
    before = worked()

    apps = {app.app: app for app in meaning(before, edited(before, edit["app"], edit["steps"]))}

    app = apps[edit["app"]]
    if not isinstance(app, CedarVerdict):
        assert app.verdict == edit["verdict"], app.reason
        return
    unequal = {short(c): str(c.verdict.verdict) for c in app.changes if c.verdict.verdict is not Verdict.EQUAL}
    assert app.verdict == edit["verdict"], (app.reason, unequal)
    assert unequal == edit.get("environments", {})
    for presence in (Presence.ADDED, Presence.RETYPED):
        assert sorted(short(c) for c in app.changes if c.presence is presence) == edit.get(str(presence), [])
    assert all(other.verdict is Verdict.EQUAL for name, other in apps.items() if name != edit["app"])


def test_every_edit_that_decides_otherwise_shows_a_request_for_it() -> None:
    before = worked()
    for edit in EDITS:
        for app in meaning(before, edited(before, edit["app"], edit["steps"])):
            for change in app.changes if isinstance(app, CedarVerdict) else ():
                verdict = change.verdict
                assert bool(verdict.widening) is (verdict.verdict in {Verdict.WIDENS, Verdict.CHANGES}), edit["name"]
                assert bool(verdict.narrowing) is (verdict.verdict in {Verdict.NARROWS, Verdict.CHANGES}), edit["name"]
