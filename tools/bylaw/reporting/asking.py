"""What meets a question, environment by environment, with a request for each."""

from dataclasses import dataclass

from rich.text import Text

from bylaw.analysis.smt.asking import Finding
from bylaw.analysis.smt.port import Satisfiability
from bylaw.model.identifiers import AppId
from bylaw.reporting.cedar_semantic import answer_text, environment_text
from bylaw.reporting.evaluated import answer_json
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json
from bylaw.reporting.requests import concrete_json, request_rows, rows_text


@dataclass(frozen=True, slots=True)
class Reply:
    """What one app answers."""

    app: AppId
    findings: tuple[Finding, ...]
    reason: str = ""
    """Why the app was not asked; empty where it was."""


@dataclass(frozen=True, slots=True)
class Replies:
    """What all apps answer."""

    statement: str
    """The question as a Cedar permit."""
    apps: tuple[Reply, ...]

    @property
    def found(self) -> bool:
        """Whether any request is allowed."""
        return any(f.found is Satisfiability.SAT for reply in self.apps for f in reply.findings)

    @property
    def settled(self) -> bool:
        """Whether everything that was asked has an answer."""
        return not any(f.found is Satisfiability.UNKNOWN for reply in self.apps for f in reply.findings)


def replies_text(replies: Replies) -> Text:
    """The answers with their requests."""
    text = Text(f"{visible(replies.statement)}\n", style="dim")
    for reply in replies.apps:
        text.append(f"\n{visible(reply.app)}\n", style="bold")
        if reply.reason:
            text.append(f"  not asked: {visible(reply.reason)}\n", style="dim")
        for finding in reply.findings:
            text.append_text(_finding(finding))
    return text


def _finding(finding: Finding) -> Text:
    where = visible(environment_text(finding.environment))
    match finding.found:
        case Satisfiability.UNSAT:
            return Text(f"  never    {where}\n", style="green")
        case Satisfiability.UNKNOWN:
            return Text(f"  unknown  {where}: {visible(finding.reason)}\n", style="yellow")
        case Satisfiability.SAT:
            text = Text(f"  allowed  {where}\n", style="bold red")
            if finding.shown is not None:
                request = request_rows(finding.shown.concrete, finding.shown.reads)
                text.append_text(rows_text([*request, ("answer", answer_text(finding.shown.answer))]))
            return text


def replies_json(replies: Replies) -> Json:
    """Every environment with its answer."""
    return {
        "question": replies.statement,
        "apps": [
            {"app": r.app, "reason": r.reason or None, "environments": [finding_json(f) for f in r.findings]}
            for r in replies.apps
        ],
    }


def finding_json(finding: Finding) -> Json:
    """One environment with its answer."""
    environment = finding.environment
    return {
        "principal": environment.principal,
        "action": str(environment.action),
        "resource": environment.resource,
        "allowed": {"sat": "some", "unsat": "never", "unknown": "unknown"}[finding.found],
        "reason": finding.reason or None,
        "example": concrete_json(finding.shown.concrete) if finding.shown else None,
        "answer": answer_json(finding.shown.answer) if finding.shown else None,
    }
