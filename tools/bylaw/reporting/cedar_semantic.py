"""What a change of an app in Cedar means: for each cause the environments and requests that show it."""

from collections.abc import Iterator

from rich.text import Text

from bylaw.analysis.smt.verdicts import Example
from bylaw.diff.cedar_semantic import CedarVerdict, EnvironmentChange, Group, Presence, examples
from bylaw.languages.cedar.schema import Environment
from bylaw.model.decisions import Answer
from bylaw.model.verdicts import Verdict
from bylaw.reporting.evaluated import answer_json
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json, JsonObject
from bylaw.reporting.problem import amount
from bylaw.reporting.requests import concrete_json, request_rows, rows_text
from bylaw.reporting.styles import STYLES
from bylaw.reporting.templates import templates_json, templates_text

MAX_ENVIRONMENTS = 4
"""Named of one group; JSON has all."""
_PRESENCES = {
    Presence.ADDED: "new environment",
    Presence.REMOVED: "environment gone",
    Presence.RETYPED: "types changed",
}


def cedar_text(app: CedarVerdict) -> Text:
    """What is below the name of an app in Cedar."""
    text = Text()
    for group in app.groups:
        text.append_text(_group(group))
    equal = len(app.changes) - sum(len(group.changes) for group in app.groups)
    if equal:
        text.append(f"  equal    {amount(equal, 'environment')}\n", style=STYLES[Verdict.EQUAL])
    return text.append_text(templates_text(app.templates))


def _group(group: Group) -> Text:
    presence = _PRESENCES.get(group.presence)
    text = Text(f"  {group.verdict:<8} ", style=STYLES[group.verdict])
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


def cedar_json(app: CedarVerdict) -> JsonObject:
    """Every environment with its verdict and examples."""
    return {
        "environments": [_change_json(change) for change in app.changes],
        "templates": templates_json(app.templates),
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
