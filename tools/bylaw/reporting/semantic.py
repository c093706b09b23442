"""What a change means, for people: the verdict first, then for each cause the environments and requests that show it."""

from collections.abc import Iterator

from rich.text import Text

from bylaw.analysis.smt.verdicts import Example, Verdict
from bylaw.diff.acceptance import Gate
from bylaw.diff.semantic import AppVerdict, EnvironmentChange, Group, Presence, SemanticDiff, examples
from bylaw.languages.cedar.schema import Environment
from bylaw.model.decisions import Answer
from bylaw.reporting.evaluated import answer_json
from bylaw.reporting.hostile import fence, visible
from bylaw.reporting.json_v1 import Json, JsonObject
from bylaw.reporting.problem import amount
from bylaw.reporting.requests import concrete_json, request_rows, rows_text
from bylaw.reporting.sections import Priority, Section
from bylaw.reporting.templates import templates_json, templates_text

MAX_ENVIRONMENTS = 4
"""Named of one group; JSON has all."""
ASSUMED = "Proved for every request and entity store that fits the schema, with all referenced entities present."
ASSUMED_OPEN = "Proved for every request and entity store that fits the schema, entities missing or not."

_STYLES = {
    Verdict.WIDENS: "bold red",
    Verdict.CHANGES: "bold red",
    Verdict.UNKNOWN: "bold yellow",
    Verdict.NARROWS: "bold cyan",
    Verdict.EQUAL: "green",
}
_PRESENCES = {
    Presence.ADDED: "new environment",
    Presence.REMOVED: "environment gone",
    Presence.RETYPED: "types changed",
}


def headline(found: SemanticDiff) -> str:
    """The one line that a reviewer reads."""
    size = f"{amount(found.environments, 'request environment')} of {amount(len(found.apps), 'app')}"
    match found.verdict:
        case Verdict.EQUAL:
            return f"This change allows and denies exactly what was before: proved for {size}."
        case Verdict.NARROWS:
            return f"This change allows nothing new: proved for {size}. Some requests are no longer allowed."
        case Verdict.WIDENS | Verdict.CHANGES:
            widening = [change for app in found.apps for change in app.changes if change.verdict.widens]
            where = f"in {len(widening)} of {size}"
            more = ", and no longer allows others" if found.verdict is Verdict.CHANGES else ""
            return f"This change newly allows requests {where}{more}."
        case Verdict.UNKNOWN:
            shown = any(change.verdict.widening for app in found.apps for change in app.changes)
            return (
                "This change newly allows requests, and not everything could be settled."
                if shown
                else "It could not be settled what this change allows."
            )


def semantic_text(found: SemanticDiff, *, open_world: bool = False) -> Text:
    """The verdict with its reasons."""
    if not found.apps:
        return Text()
    text = Text(f"{headline(found)}\n", style=_STYLES[found.verdict])
    for app in found.apps:
        text.append_text(_app(app))
    assumed = ASSUMED_OPEN if open_world else ASSUMED
    if found.verdict is Verdict.UNKNOWN:
        assumed = f"What is settled: {assumed[0].lower()}{assumed[1:]}"
    return text.append(f"\n{assumed}\n", style="dim")


def _app(app: AppVerdict) -> Text:
    text = Text(f"\n{visible(app.app)}  ", style="bold").append(f"{app.verdict}\n", style=_STYLES[app.verdict])
    if app.reason:
        return text.append(f"  {visible(app.reason)}\n")
    for group in app.groups:
        text.append_text(_group(group))
    equal = len(app.changes) - sum(len(group.changes) for group in app.groups)
    if equal:
        text.append(f"  equal    {amount(equal, 'environment')}\n", style=_STYLES[Verdict.EQUAL])
    return text.append_text(templates_text(app.templates))


def _group(group: Group) -> Text:
    presence = _PRESENCES.get(group.presence)
    text = Text(f"  {group.verdict:<8} ", style=_STYLES[group.verdict])
    shown = [environment_text(change.environment) for change in group.changes[:MAX_ENVIRONMENTS]]
    more = len(group.changes) - len(shown)
    text.append("\n           ".join(visible(line) for line in [*shown, *([f"and {more} more"] if more else [])]))
    text.append(f"  ({presence})\n" if presence else "\n", style="dim")
    if group.reason:
        text.append(f"    {visible(group.reason)}\n", style="yellow")
    text.append_text(_direction(group, widening=True))
    return text.append_text(_direction(group, widening=False))


def _direction(group: Group, *, widening: bool) -> Text:
    causes = group.widened_by if widening else group.narrowed_by
    text = Text()
    found = list(examples(group.changes, widening=widening))
    if not found:
        return text
    word = "newly allowed" if widening else "no longer allowed"
    text.append(f"    {word}, because of {', '.join(map(visible, causes))}:\n")
    for example in found:
        text.append_text(_example(example))
    return text


def _example(example: Example) -> Text:
    return rows_text(example_rows(example)).append("\n")


def example_rows(example: Example) -> Iterator[tuple[str, str]]:
    """An example as names and values: who asks, what the policies look at, and what either side answers."""
    yield from request_rows(example.concrete, example.reads)
    yield "before", answer_text(example.before)
    yield "after", answer_text(example.after)


def answer_text(answer: Answer) -> str:
    """`allow by access/pay`."""
    by = f" by {', '.join(answer.determining)}" if answer.determining else ", as nothing permits it"
    errors = "".join(f"; {error.policy} errs" for error in answer.errors)
    return f"{answer.decision}{by}{errors}"


def environment_text(environment: Environment) -> str:
    """`Agent → pay → Tool`."""
    return f"{environment.principal} → {environment.action.id} → {environment.resource}"


def semantic_sections(found: SemanticDiff, *, open_world: bool = False) -> Iterator[Section]:
    """The verdict, which leads the page, and a block for what is behind it."""
    if not found.apps:
        return
    yield Section(Priority.VERDICT, "", lead=("", f"**{headline(found)}**"))
    if found.verdict is not Verdict.EQUAL:
        first, *rows, last = fence(semantic_text(found, open_world=open_world).plain.strip(), info="text").split("\n")
        yield Section(Priority.ACCESS, "What it allows", rows=tuple(rows), lead=(first,), tail=(last,))


def semantic_json(found: SemanticDiff) -> Json:
    """Every environment with its verdict and examples."""
    return {
        "verdict": str(found.verdict),
        "apps": [
            {
                "app": app.app,
                "verdict": str(app.verdict),
                "before": app.before,
                "after": app.after,
                "reason": app.reason or None,
                "environments": [_change_json(change) for change in app.changes],
                "templates": templates_json(app.templates),
            }
            for app in found.apps
        ],
    }


def _change_json(change: EnvironmentChange) -> Json:
    environment, verdict = change.environment, change.verdict
    return {
        "principal": environment.principal,
        "action": str(environment.action),
        "resource": environment.resource,
        "presence": str(change.presence),
        "verdict": str(verdict.verdict),
        "reason": verdict.reason or None,
        "widened_by": list(verdict.widened_by),
        "narrowed_by": list(verdict.narrowed_by),
        "newly_allowed": [_example_json(example) for example in verdict.widening],
        "no_longer_allowed": [_example_json(example) for example in verdict.narrowing],
    }


def _example_json(example: Example) -> JsonObject:
    return {
        **concrete_json(example.concrete),
        "cause": example.cause,
        "before": answer_json(example.before),
        "after": answer_json(example.after),
    }


def open_text(found: SemanticDiff, gate: Gate) -> Text:
    """What fails the run, and how it could be accepted, ready to be pasted."""
    lines = []
    for app in found.apps:
        for change in ("widens", "narrows"):
            for policy in gate.open(app, change):
                lines += [
                    f"  - app: {visible(app.app)}",
                    f"    policy: {visible(policy)}",
                    f"    change: {change}",
                    f"    before: {app.before}",
                    f"    after: {app.after}",
                    "    reason: <why this is wanted>",
                ]
    if not lines:
        return Text("not settled, and so not accepted")
    text = Text("not accepted; if it is wanted, put into a file and pass it with `--accept`:\n\n", style="bold")
    return text.append("\n".join(["version: 1", "accepted:", *lines]))
