"""Exceptions of a workspace: which are over, and which are open."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bylaw.languages.exceptions import PolicyException, live
from bylaw.languages.http_rules.program import RulesProgram
from bylaw.languages.interface import Program
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.identifiers import AppId
from bylaw.pipeline.workspace import Workspace
from bylaw.reporting.exceptions import ListedException

SOON: Final = timedelta(days=7)


def without_expired(workspace: Workspace, now: datetime) -> tuple[Workspace, tuple[PolicyException, ...]]:
    """The workspace without the exceptions that are over, and these."""
    programs: dict[AppId, Program] = {}
    expired: list[PolicyException] = []
    for app, program in workspace.programs.items():
        if isinstance(program, RulesProgram) or not program.exceptions:
            programs[app] = program
            continue
        kept = live(program.exceptions, now)
        expired += (exception for exception in program.exceptions if exception not in kept)
        programs[app] = replace(program, exceptions=kept)
    return replace(workspace, programs=programs), tuple(expired)


def told(expired: Iterable[PolicyException]) -> Iterator[Diagnostic]:
    """What is said of exceptions that were left out."""
    for exception in expired:
        message = f"the exception `{exception.name}` ended on {exception.document.expires_at:%Y-%m-%d %H:%M %Z} and takes no part"
        place = exception.place("expires_at")
        yield Diagnostic("exception-ended", message, place, "remove the file", Severity.NOTE)


class Standing(StrEnum):
    """How far an exception is."""

    OPEN = "open"
    EXPIRING = "expiring"
    EXPIRED = "expired"


def list_exceptions(workspace: Workspace, now: datetime) -> tuple[ListedException, ...]:
    """Every exception, by app and name."""
    return tuple(
        ListedException(exception, _standing(exception, now))
        for program in workspace.programs.values()
        if not isinstance(program, RulesProgram)
        for exception in program.exceptions
    )


def _standing(exception: PolicyException, now: datetime) -> Standing:
    if not exception.holds_at(now):
        return Standing.EXPIRED
    return Standing.OPEN if exception.holds_at(now + SOON) else Standing.EXPIRING
