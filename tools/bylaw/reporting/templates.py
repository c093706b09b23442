"""Templates that changed, for people: what a link of one is now satisfied by, whatever fills its slots."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from bylaw.analysis.smt.templates import linked
from bylaw.analysis.smt.verdicts import Example
from bylaw.diff.templates import TemplateVerdict
from bylaw.languages.cedar.escapes import quote
from bylaw.model.decisions import Decision
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json
from bylaw.reporting.requests import concrete_json, request_rows, rows_text


def templates_text(templates: Iterable[TemplateVerdict]) -> Text:
    """Each template with its verdict and examples."""
    text = Text()
    for template in templates:
        text.append(f"  template {visible(template.policy)}, whatever fills its slots: {template.verdict}\n")
        if template.reason:
            text.append(f"    {visible(template.reason)}\n", style="yellow")
        for example in template.examples:
            now = "newly" if example.after.decision is Decision.ALLOW else "no longer"
            text.append(f"    a link of this {template.effect} is {now} satisfied by:\n")
            text.append_text(rows_text(_rows(example)))
    return text


def templates_json(templates: Iterable[TemplateVerdict]) -> Json:
    """The same as data."""
    return [
        {
            "policy": template.policy,
            "effect": template.effect,
            "verdict": str(template.verdict),
            "reason": template.reason or None,
            "examples": [_example_json(example) for example in template.examples],
        }
        for template in templates
    ]


def _rows(example: Example) -> Iterator[tuple[str, str]]:
    values, concrete = linked(example.concrete)
    yield from ((f"?{slot}", str(uid)) for slot, uid in values.items())
    slots = {f"context[{quote(f'?{slot}')}]" for slot in values}
    yield from request_rows(concrete, (reading for reading in example.reads if reading.path not in slots))


def _example_json(example: Example) -> Json:
    values, concrete = linked(example.concrete)
    return {
        **concrete_json(concrete),
        "values": {slot: str(uid) for slot, uid in values.items()},
        "satisfied_before": example.before.decision is Decision.ALLOW,
        "satisfied_after": example.after.decision is Decision.ALLOW,
    }
