"""Which requests of those asked about may leave, agent by agent."""

from dataclasses import dataclass

from rich.text import Text

from bylaw.analysis.http_rules.comparing import Difference
from bylaw.analysis.http_rules.request_text import request_text
from bylaw.model.identifiers import AppId
from bylaw.reporting.hostile import visible
from bylaw.reporting.http_rules_semantic import request_json
from bylaw.reporting.json_v1 import Json


@dataclass(frozen=True, slots=True)
class AgentReply:
    """What one agent may send."""

    app: AppId
    agent: str
    allowed: tuple[Difference, ...]
    """A request for each rule that allows some."""
    is_settled: bool
    """False where there may be more."""


@dataclass(frozen=True, slots=True)
class RulesReplies:
    """What all agents may send."""

    question: str
    agents: tuple[AgentReply, ...]

    @property
    def found(self) -> bool:
        """Whether any request is allowed."""
        return any(reply.allowed for reply in self.agents)

    @property
    def settled(self) -> bool:
        """Whether everything that was asked has an answer."""
        return all(reply.is_settled for reply in self.agents)


def rules_replies_text(replies: RulesReplies) -> Text:
    """The answers with their requests."""
    text = Text()
    for reply in replies.agents:
        text.append_text(_reply(reply))
    return text


def _reply(reply: AgentReply) -> Text:
    where = visible(f"{reply.app}: {reply.agent}")
    if not reply.allowed:
        if reply.is_settled:
            return Text(f"never    {where}\n", style="green")
        return Text(f"unknown  {where}\n", style="yellow")
    text = Text(f"allowed  {where}\n", style="bold red")
    for example in reply.allowed:
        by = f"rule {example.allowed_by}" if example.allowed_by else "default"
        text.append(f"    by {visible(by)}: {visible(request_text(example.request))}\n")
    return text


def rules_replies_json(replies: RulesReplies) -> Json:
    """Every agent with its answer."""
    return {
        "question": replies.question,
        "agents": [
            {
                "app": reply.app,
                "agent": reply.agent,
                "allowed": "some" if reply.allowed else "never" if reply.is_settled else "unknown",
                "examples": [{"rule": one.allowed_by, "request": request_json(one.request)} for one in reply.allowed],
            }
            for reply in replies.agents
        ],
    }
