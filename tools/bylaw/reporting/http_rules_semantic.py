"""What a change of an `http-rules` app means: for each agent the requests that show it, and the limits that differ."""

from collections.abc import Iterator

from rich.text import Text

from bylaw.analysis.http_rules.request_text import request_text
from bylaw.diff.http_rules_semantic import AgentVerdict, RequestExample, RulesVerdict
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.model.verdicts import Verdict
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import JsonObject
from bylaw.reporting.problem import amount
from bylaw.reporting.requests import rows_text
from bylaw.reporting.styles import STYLES


def rules_text(app: RulesVerdict) -> Text:
    """What is below the name of an `http-rules` app."""
    text = Text()
    for agent in app.agents:
        if agent.verdict is not Verdict.EQUAL:
            text.append_text(_agent(agent))
    equal = sum(agent.verdict is Verdict.EQUAL for agent in app.agents)
    return text.append(f"  equal    {amount(equal, 'agent')}\n", style=STYLES[Verdict.EQUAL]) if equal else text


def _agent(agent: AgentVerdict) -> Text:
    text = Text(f"  {agent.verdict:<8} ", style=STYLES[agent.verdict]).append(f"{visible(agent.agent)}\n")
    if agent.reason:
        text.append(f"    {visible(agent.reason)}\n", style="yellow")
    text.append_text(_direction(agent, Verdict.WIDENS)).append_text(_direction(agent, Verdict.NARROWS))
    return text


def _direction(agent: AgentVerdict, direction: Verdict) -> Text:
    causes = sorted(agent.causes(direction))
    if not causes:
        return Text()
    word = "newly allowed" if direction is Verdict.WIDENS else "no longer allowed"
    text = Text(f"    {word}, because of {', '.join(map(visible, causes))}:\n")
    for example in agent.widening if direction is Verdict.WIDENS else agent.narrowing:
        text.append_text(rows_text(_rows(example))).append("\n")
    for adjustment in agent.adjustments:
        if adjustment.verdict is direction:
            text.append(f"      {visible(adjustment.text)}\n")
    return text


def _rows(example: RequestExample) -> Iterator[tuple[str, str]]:
    yield "request", request_text(example.request)
    yield "before", example.before
    yield "after", example.after


def rules_json(app: RulesVerdict) -> JsonObject:
    """Every agent with its verdict, examples and adjustments."""
    return {"agents": [_agent_json(agent) for agent in app.agents]}


def _agent_json(agent: AgentVerdict) -> JsonObject:
    return {
        "agent": agent.agent,
        "verdict": str(agent.verdict),
        "reason": agent.reason or None,
        "widened_by": [*sorted(agent.causes(Verdict.WIDENS))],
        "narrowed_by": [*sorted(agent.causes(Verdict.NARROWS))],
        "newly_allowed": [_example_json(example) for example in agent.widening],
        "no_longer_allowed": [_example_json(example) for example in agent.narrowing],
        "adjustments": [
            {"verdict": str(one.verdict), "text": one.text, "cause": one.cause} for one in agent.adjustments
        ],
    }


def _example_json(example: RequestExample) -> JsonObject:
    return {
        "request": request_json(example.request),
        "cause": example.cause,
        "before": example.before,
        "after": example.after,
    }


def request_json(request: HttpRequest) -> JsonObject:
    """A request as values."""
    return {
        "method": request.method,
        "url": request.url,
        "headers": [list(header) for header in request.headers],
        "body": request.body,
        "timestamp_ms": request.timestamp_ms,
    }
