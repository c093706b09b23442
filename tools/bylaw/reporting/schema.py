"""Generated schemas and differences of schemas, for people, for forges and as values."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from rich.text import Text

from bylaw.generation.comparison import Aspect, ChangeKind, SchemaChange
from bylaw.generation.coverage import Reach
from bylaw.generation.derive import Derived
from bylaw.generation.impact import Broken, Impact, SchemaComparison
from bylaw.reporting.hostile import fence, visible
from bylaw.reporting.json_v1 import Json, problem_json
from bylaw.reporting.problem import Problem, amount, from_diagnostic, headline
from bylaw.reporting.sections import Priority, Section

_MARKS = {
    ChangeKind.ADDED: ("+", "green"),
    ChangeKind.REMOVED: ("-", "red"),
    ChangeKind.CHANGED: ("~", "yellow"),
}


@dataclass(frozen=True)
class GeneratedSchema:
    """A schema that was generated; none where its sources hold an error."""

    derived: Derived | None
    text: str | None
    """Its text in the form that was asked for."""
    place: str | None
    """The file that it was written to; none where it goes into the report itself."""


@dataclass(frozen=True)
class SchemaDifferences:
    """The comparisons of one run."""

    comparisons: tuple[SchemaComparison, ...]


def generated_text(result: GeneratedSchema, problems: tuple[Problem, ...]) -> Text:
    """One line."""
    if result.derived is None:
        return Text("No schema: ", style="bold red").append(f"{headline(problems, 'finding')}.\n")
    counts = f"{amount(result.derived.tools, 'tool')} of {amount(result.derived.targets, 'target')}"
    place = f"Wrote {visible(result.place)}: " if result.place else ""
    return Text(f"{place}{counts}, {headline(problems, 'finding')}.\n")


def generated_json(result: GeneratedSchema) -> Json:
    """Counts, and the schema itself where it was not written to a file."""
    if result.derived is None:
        return None
    return {
        "place": result.place,
        "text": result.text if result.place is None else None,
        "tools": result.derived.tools,
        "targets": result.derived.targets,
        "actions": [str(uid) for uid in sorted(result.derived.schema.actions)],
    }


def differences_text(result: SchemaDifferences) -> Text:
    """Changes by declaration, then what becomes of the policies."""
    text = Text()
    for number, comparison in enumerate(result.comparisons):
        text.append("\n" if number else "")
        text.append(f"{visible(comparison.old)} → {visible(comparison.new)}\n", style="dim")
        for line in _changes(comparison):
            text.append_text(line)
        for app in comparison.apps:
            text.append_text(_app(app))
    return text


def _changes(comparison: SchemaComparison) -> Iterator[Text]:
    if not comparison.changes:
        yield Text("No declaration differs.\n", style="bold green")
    for declaration, changes in groupby(comparison.changes, key=lambda change: change.declaration):
        inner = list(changes)
        if inner[0].aspect is Aspect.DECLARATION:
            mark, style = _MARKS[inner[0].kind]
            yield Text(f"  {mark} {visible(declaration)}\n", style=style)
            continue
        yield Text(f"  ~ {visible(declaration)}\n", style="yellow")
        for change in inner:
            yield _change(change)


def _change(change: SchemaChange) -> Text:
    mark, style = _MARKS[change.kind]
    what = change.path or str(change.aspect)
    sides = " → ".join(visible(side) for side in (change.before, change.after) if side is not None)
    return Text(f"      {mark} {visible(what)}  ", style=style).append(f"{sides}\n")


def _app(app: Impact) -> Text:
    if not app.broken:
        text = Text(f"{app.app}: {amount(app.policies, 'policy')}, none breaks", style="bold green")
    else:
        text = Text(f"{app.app}: {_counted(app)}", style="bold red")
    for item in app.broken:
        text.append(f"\n  ! {visible(_subject(item))}  ", style="red").append(visible(item.diagnostics[0].message))
    for what, reaches in (("now permits", app.coverage.granted), ("no longer forbids", app.coverage.unguarded)):
        for reach in reaches:
            text.append(f"\n  ! {visible(str(reach.policy))}  ", style="yellow").append(
                f"{what} {visible(reach.listed)}"
            )
    for action in app.coverage.uncovered:
        text.append(f"\n  · {visible(str(action))}  ", style="dim").append("no permit reaches it: every call is denied")
    if app.invalid_before:
        text.append(f"\n  {amount(app.invalid_before, 'file')} invalid before as well", style="dim")
    return text.append("\n")


def _counted(app: Impact) -> str:
    policies = sum(item.policy is not None for item in app.broken)
    others = ", and its entities" if policies < len(app.broken) else ""
    return f"{policies} of {amount(app.policies, 'policy')} {'breaks' if policies == 1 else 'break'}{others}"


def _subject(item: Broken) -> str:
    return str(item.policy) if item.policy else item.path


def differences_section(result: SchemaDifferences) -> Section:
    """The same text in a block."""
    changes = sum(len(comparison.changes) for comparison in result.comparisons)
    broken = sum(len(app.broken) for comparison in result.comparisons for app in comparison.apps)
    title = f"Schema: {amount(changes, 'change')}, {amount(broken, 'policy')} broken"
    first, *rows, last = fence(differences_text(result).plain, info="diff").split("\n")
    return Section(Priority.ACCESS, title, rows=tuple(rows), lead=(first,), tail=(last,))


def differences_json(result: SchemaDifferences) -> Json:
    """Every change and every broken policy."""
    return [
        {
            "old": comparison.old,
            "new": comparison.new,
            "changes": [_change_json(change) for change in comparison.changes],
            "apps": [_app_json(app) for app in comparison.apps],
        }
        for comparison in result.comparisons
    ]


def _change_json(change: SchemaChange) -> Json:
    return {
        "kind": str(change.kind),
        "declaration": change.declaration,
        "aspect": str(change.aspect),
        "path": change.path,
        "before": change.before,
        "after": change.after,
    }


def _app_json(app: Impact) -> Json:
    return {
        "app": app.app,
        "policies": app.policies,
        "invalid_before": app.invalid_before,
        "broken": [
            {
                "policy": str(item.policy) if item.policy else None,
                "path": item.path,
                "diagnostics": [problem_json(from_diagnostic(diagnostic)) for diagnostic in item.diagnostics],
            }
            for item in app.broken
        ],
        "granted": [_reach_json(reach) for reach in app.coverage.granted],
        "unguarded": [_reach_json(reach) for reach in app.coverage.unguarded],
        "uncovered": [str(action) for action in app.coverage.uncovered],
    }


def _reach_json(reach: Reach) -> Json:
    return {"policy": str(reach.policy), "actions": [str(action) for action in reach.actions]}
