"""Exceptions from governance policies as clauses of the forbids that they lift."""

from collections.abc import Iterable, Iterator
from typing import Final

from bylaw.compile.governance_cedar.causes import NO_COUNT, Cause
from bylaw.compile.governance_cedar.formulas import InexpressibleError, one_of
from bylaw.compile.governance_cedar.side import CedarSide
from bylaw.languages.cedar.exceptions import is_before
from bylaw.languages.exceptions import PolicyException
from bylaw.model.identifiers import EntityUid

LIFTED: Final = frozenset({"denied_actions", "allowed_actions", "rate_limits", "arguments", "approvals"})
"""The stages of which Cedar statements come."""


def unsayable(exception: PolicyException, side: CedarSide) -> str | None:
    """Why Cedar cannot say an exception; none where it can."""
    document = exception.document
    if document.max_uses is not None:
        return NO_COUNT
    if document.run is not None:
        return "a request to Cedar names no run"
    try:
        side.agent(document.agent or "")
    except InexpressibleError as error:
        return error.reason
    return None


def lifting(cause: Cause, exceptions: Iterable[PolicyException], side: CedarSide) -> Iterator[str]:
    """For whom, for what and until when a cause does not hold: a condition for each exception that lifts it."""
    for exception in exceptions:
        document = exception.document
        if cause.stage not in (document.rules or LIFTED):
            continue
        parts = [f"principal == {side.agent(document.agent or '')}"]
        actions = lifted_actions(exception, side)
        if actions is not None:
            concerned = [uid for uid in actions if cause.actions is None or uid in cause.actions]
            if not concerned:
                continue
            parts.append(str(one_of("action", [*map(str, concerned)])))
        if document.expires_at is not None and side.has_clock:
            parts.append(is_before(document.expires_at))
        yield " && ".join(parts)


def lifted_actions(exception: PolicyException, side: CedarSide) -> tuple[EntityUid, ...] | None:
    """The actions that an exception is for, of those that the schema has; none: all."""
    actions = exception.document.actions
    return None if actions is None else side.known(actions)
