"""Exceptions from policies as a table."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from bylaw.languages.exceptions import PolicyException
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json


@dataclass(frozen=True, slots=True)
class ListedException:
    """One exception, and how far it is: open, expiring within days, or expired."""

    exception: PolicyException
    standing: str


@dataclass(frozen=True, slots=True)
class ExceptionResults:
    """Every exception of some apps."""

    listed: tuple[ListedException, ...]


_STYLES = {"open": "", "expiring": "yellow", "expired": "red"}


def exceptions_text(results: ExceptionResults) -> Text:
    """An exception a paragraph."""
    if not results.listed:
        return Text("no exceptions", style="green")
    text = Text()
    for listed in results.listed:
        exception = listed.exception
        text.append(f"{listed.standing:<9}", style=_STYLES[listed.standing])
        text.append(f"{visible(exception.ref.app)}/{visible(exception.name)}", style="bold")
        text.append(f"  from {visible(exception.policy)}  {exception.place('policy')}\n", style="dim")
        for name, value in _facts(exception):
            text.append(f"         {name:<9}{visible(value)}\n")
    return text


def _facts(exception: PolicyException) -> Iterator[tuple[str, str]]:
    document = exception.document
    whom = [f"the agent {document.agent}"] if document.agent else []
    whom += [f"the run {document.run}"] if document.run else []
    yield "for", ", in ".join(whom)
    yield "actions", ", ".join(document.actions) if document.actions else "all"
    if document.rules:
        yield "rules", ", ".join(document.rules)
    if document.expires_at is not None:
        yield "until", document.expires_at.isoformat()
    if document.max_uses is not None:
        yield "uses", f"at most {document.max_uses}; counted where decisions are made"
    yield "because", f"{document.reason} (agreed by {document.approver})"


def exceptions_json(results: ExceptionResults) -> Json:
    """Every exception as values."""
    return [
        {
            "app": listed.exception.ref.app,
            "exception": listed.exception.name,
            "standing": listed.standing,
            "policy": listed.exception.policy,
            "agent": listed.exception.document.agent,
            "run": listed.exception.document.run,
            "actions": None if (actions := listed.exception.document.actions) is None else [*actions],
            "rules": None if (rules := listed.exception.document.rules) is None else [*rules],
            "expires_at": None if (end := listed.exception.document.expires_at) is None else end.isoformat(),
            "max_uses": listed.exception.document.max_uses,
            "reason": listed.exception.document.reason,
            "approver": listed.exception.document.approver,
        }
        for listed in results.listed
    ]
