"""Structural diffs: what became of each policy, and which clause, bound or scope differs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bylaw.diff.cedar import cedar_edits
from bylaw.diff.edits import ChangeClass, Edit, RepositoryDiff
from bylaw.diff.structural import ChangedFile, compare
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.model.identifiers import PolicyRef

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/diff/edits.yaml").read_text(encoding="utf-8"))
PERMIT = 'permit (principal, action == Action::"read", resource);\n'
OTHER = 'forbid (principal, action == Action::"read", resource);\n'


def policy(text: str) -> CedarPolicy:
    parsed = parse_statement(text, "p.cedar")
    assert parsed.statement is not None, parsed.diagnostics
    return CedarPolicy(PolicyRef.parse("app/p"), "p.cedar", text, parsed.statement)


def told(edit: Edit) -> str:
    return f"{edit.place}: {edit.before or '-'} -> {edit.after or '-'} ({edit.detail or '-'})"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_edits_of_a_policy(case: dict[str, Any]) -> None:
    edits = cedar_edits(policy(case["before"]), policy(case["after"]))

    assert [told(edit) for edit in edits] == case["edits"]


def test_an_edit_points_at_what_it_is_about() -> None:
    before, after = (
        policy("permit (principal, action, resource)\nwhen { context.a };"),
        policy("permit (principal, action, resource)\nwhen { context.a && context.b };"),
    )

    (edit,) = cedar_edits(before, after)

    assert str(edit.span) == "p.cedar:2:21"


def changed(path: str, before: str | None, after: str | None) -> ChangedFile:
    def read(text: str | None) -> Any:
        return None if text is None else text.encode

    return ChangedFile(path, read(before), read(after))


def classes(diff: RepositoryDiff) -> dict[str, str]:
    return {str(item.ref): item.change.value for app in diff.apps for item in app.policies}


def test_every_class_of_change_is_told_apart() -> None:
    diff = compare(
        "base",
        "head",
        [
            changed("policies/app/new.cedar", None, PERMIT),
            changed("policies/app/gone.cedar", OTHER, None),
            changed("policies/app/style.cedar", PERMIT, f"// why\n{PERMIT}"),
            changed("policies/app/flip.cedar", PERMIT, OTHER),
            changed("policies/app/broken.cedar", PERMIT, "permit ("),
            changed("README.md", "a", "b"),
        ],
    )

    assert classes(diff) == {
        "app/new": "added",
        "app/gone": "removed",
        "app/style": "reformatted",
        "app/flip": "changed",
        "app/broken": "unreadable",
    }


def test_a_moved_policy_is_one_change_and_not_two() -> None:
    diff = compare(
        "b",
        "h",
        [changed("policies/app/a/x.cedar", PERMIT, None), changed("policies/app/b/x.cedar", None, f"\n{PERMIT}")],
    )

    (item,) = diff.apps[0].policies
    assert (item.change, str(item.was), str(item.ref)) == (ChangeClass.MOVED, "app/a/x", "app/b/x")
    assert not diff.has_meaning


def test_two_equal_policies_that_move_are_paired_one_to_one() -> None:
    files = [changed(f"policies/app/{name}.cedar", PERMIT, None) for name in ("a", "b")]
    files += [changed(f"policies/app/{name}.cedar", None, PERMIT) for name in ("c", "d", "e")]

    diff = compare("b", "h", files)

    assert sorted(classes(diff).values()) == ["added", "moved", "moved"]


def test_values_of_documents_are_compared_and_not_lines() -> None:
    before = "app: refunds\nabout: x\nowners: [a, b]\ntargets: {local: {}}\n"
    after = "about: x\napp: refunds\nowners: [b, a, c]\ntargets: {local: {}, prod: {}}\n"

    diff = compare("b", "h", [changed("policies/refunds/app.yaml", before, after)])

    assert [told(edit) for edit in diff.apps[0].files[0].edits] == ["owners: - -> c (-)", "targets.prod: - -> {} (-)"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "permit" * 5000,
        "a: [" * 200,
        "{" * 3000,
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
@pytest.mark.parametrize("path", ["policies/app/p.cedar", "policies/app/app.yaml", "schemas/s.json", "bylaw.yaml"])
def test_hostile_content_never_breaks_a_diff(path: str, text: str) -> None:
    diff = compare("b", "h", [changed(path, text, f"{text}x"), changed(path.replace("p.", "q."), None, text)])

    assert not diff.is_empty
