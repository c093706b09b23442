"""What a change of a `governance` app means: for each policy the fields that differ, with the events that show it."""

from rich.text import Text

from bylaw.analysis.governance.changes import FieldChange
from bylaw.analysis.governance.comparing import PolicyVerdict
from bylaw.analysis.governance.examples import Example, event_text
from bylaw.diff.governance_semantic import GovernanceVerdict
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.model.exact import inexact
from bylaw.model.verdicts import Verdict
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import JsonObject
from bylaw.reporting.problem import amount
from bylaw.reporting.requests import rows_text
from bylaw.reporting.styles import STYLES

_WORDS = {
    Verdict.WIDENS: "newly allowed",
    Verdict.NARROWS: "no longer allowed",
    Verdict.CHANGES: "decided otherwise",
    Verdict.UNKNOWN: "not settled",
}
_SHOWN = 3
"""Events of one example; those before are counted."""


def governance_text(app: GovernanceVerdict) -> Text:
    """What is below the name of a `governance` app."""
    text = Text()
    for policy in app.policies:
        if policy.verdict is not Verdict.EQUAL:
            text.append_text(_policy(policy))
    equal = sum(policy.verdict is Verdict.EQUAL for policy in app.policies)
    return text.append(f"  equal    {amount(equal, 'policy')}\n", style=STYLES[Verdict.EQUAL]) if equal else text


def _policy(policy: PolicyVerdict) -> Text:
    text = Text(f"  {policy.verdict:<8} ", style=STYLES[policy.verdict]).append(f"{visible(policy.policy)}\n")
    for verdict, words in _WORDS.items():
        found = [(change, example) for change, example in policy.changes if change.verdict is verdict]
        if found:
            text.append(f"    {words}, because of {visible(policy.policy)}:\n")
        for change, example in found:
            text.append_text(_change(change, example))
    return text


def _change(change: FieldChange, example: Example | None) -> Text:
    text = Text(f"      {visible(change.text)}\n")
    if example is None:
        return text
    *earlier, last = example.events
    rows = [("after", event_text(event)) for event in earlier[-_SHOWN:]]
    if len(earlier) > _SHOWN:
        rows = [("after", f"{len(earlier)} events"), *rows[-1:]]
    rows += [("event", event_text(last)), ("was", str(example.before)), ("is", str(example.after))]
    return text.append_text(rows_text([("  " + name, value) for name, value in rows]))


def governance_json(app: GovernanceVerdict) -> JsonObject:
    """Every policy with its differences and examples."""
    return {
        "policies": [
            {
                "policy": policy.policy,
                "verdict": str(policy.verdict),
                "changes": [_change_json(change, example) for change, example in policy.changes],
            }
            for policy in app.policies
        ]
    }


def _change_json(change: FieldChange, example: Example | None) -> JsonObject:
    return {
        "field": ".".join(map(str, change.route)),
        "verdict": str(change.verdict),
        "text": change.text,
        "example": None
        if example is None
        else {
            "events": [_event_json(event) for event in example.events],
            "before": str(example.before),
            "after": str(example.after),
        },
    }


def _event_json(event: GovernanceEvent) -> JsonObject:
    return {
        "action": event.action,
        "agent_id": event.agent_id,
        "arguments": inexact(event.arguments),
        "cost_usd": str(event.cost_usd),
        "tags": [*event.tags],
        "risk_level": event.risk_level,
        "timestamp_ms": event.timestamp_ms,
    }
