"""A structural diff for people: like a plan, one line a policy and one an edit, `before → after`."""

from collections.abc import Iterator

from rich.text import Text

from bylaw.diff.edits import AppChange, ChangeClass, Edit, FileChange, PolicyChange, RepositoryDiff
from bylaw.reporting.hostile import fence, visible
from bylaw.reporting.json_v1 import Json, span_json
from bylaw.reporting.sections import Priority, Section

_MARKS = {
    ChangeClass.ADDED: ("+", "green"),
    ChangeClass.REMOVED: ("-", "red"),
    ChangeClass.CHANGED: ("~", "yellow"),
    ChangeClass.MOVED: (">", "cyan"),
    ChangeClass.REFORMATTED: ("=", "dim"),
    ChangeClass.UNREADABLE: ("!", "bold red"),
}


def diff_text(diff: RepositoryDiff) -> Text:
    """The whole diff with its totals."""
    if diff.is_empty:
        return Text(f"No policy differs between {diff.base} and {diff.head}.", style="bold green")
    text = Text(f"{diff.base} → {diff.head}\n", style="dim")
    for app in diff.apps:
        text.append_text(_app(app))
    for file in diff.files:
        text.append_text(_file(file))
    totals = ", ".join(f"{number} {kind}" for kind, number in diff.counts()) or "no policy"
    return text.append(f"\nDiff: {totals}.", style="bold")


def _app(app: AppChange) -> Text:
    text = Text(f"\n{visible(app.app)}\n", style="bold")
    for policy in app.policies:
        text.append_text(_policy(policy))
    for file in app.files:
        text.append_text(_file(file))
    return text


def _policy(policy: PolicyChange) -> Text:
    mark, style = _MARKS[policy.change]
    text = Text(f"  {mark} {policy.effect or 'policy'} ", style=style).append(visible(policy.ref.policy), style="bold")
    if policy.was is not None:
        text.append(f"  moved from {visible(str(policy.was))}")
    elif policy.change in {ChangeClass.REFORMATTED, ChangeClass.UNREADABLE}:
        text.append(f"  {policy.change}")
    text.append(f"  {policy.span}\n" if policy.span else "\n", style="dim")
    for edit in policy.edits:
        text.append_text(_edit(edit))
    return text


def _file(file: FileChange) -> Text:
    mark, style = _MARKS[file.change]
    text = Text(f"  {mark} {visible(file.path)}\n", style=style)
    for edit in file.edits:
        text.append_text(_edit(edit))
    return text


def _edit(edit: Edit) -> Text:
    """One line where both sides fit on it, else one for each side."""
    place = f"      {visible(edit.place)}  "
    before, after = (None if side is None else visible(side) for side in (edit.before, edit.after))
    if before is None or after is None:
        mark, side, style = ("+", after, "green") if before is None else ("-", before, "red")
        return Text(f"    {mark} {visible(edit.place)}  ").append(f"{side}\n", style=style)
    text = Text(f"    ~ {visible(edit.place)}  ").append(before, style="red")
    if len(place) + len(before) + len(after) > 100:
        text.append(f"\n{' ' * (len(place) - 3)}→  ").append(after, style="green")
    else:
        text.append("  →  ").append(after, style="green")
    return text.append(f"   ({visible(edit.detail)})\n" if edit.detail else "\n", style="dim")


def diff_section(diff: RepositoryDiff) -> Section:
    """The same text in a block."""
    totals = ", ".join(f"{number} {kind}" for kind, number in diff.counts()) or "no policy differs"
    title = f"Policies: {totals}"
    if diff.is_empty:
        return Section(Priority.ACCESS, title)
    first, *rows, last = fence(diff_text(diff).plain, info="diff").split("\n")
    return Section(Priority.ACCESS, title, rows=tuple(rows), lead=(first,), tail=(last,))


def diff_json(diff: RepositoryDiff) -> Json:
    """Every change as values."""
    return {
        "base": diff.base,
        "head": diff.head,
        "apps": [
            {
                "app": app.app,
                "policies": [_policy_json(policy) for policy in app.policies],
                "files": [_file_json(file) for file in app.files],
            }
            for app in diff.apps
        ],
        "files": [_file_json(file) for file in diff.files],
    }


def _policy_json(policy: PolicyChange) -> Json:
    return {
        "policy": str(policy.ref),
        "was": str(policy.was) if policy.was else None,
        "change": str(policy.change),
        "effect": policy.effect,
        "span": span_json(policy.span),
        "edits": list(_edits_json(policy.edits)),
    }


def _file_json(file: FileChange) -> Json:
    return {"path": file.path, "change": str(file.change), "edits": list(_edits_json(file.edits))}


def _edits_json(edits: tuple[Edit, ...]) -> Iterator[Json]:
    for edit in edits:
        yield {
            "place": edit.place,
            "before": edit.before,
            "after": edit.after,
            "detail": edit.detail,
            "span": span_json(edit.span),
        }
