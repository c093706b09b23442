"""Creating one policy so that repeating it, whenever and by whomever, gives the same object and never a second one.

The client token recognises a repeat; the name, made of the content, is what holds where the service has forgotten the token, or
answers it with an object that is gone. A gateway that was just made refuses policies for minutes: that is waited out, not reported.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from bylaw.backends.agentcore.client import ControlPlane
from bylaw.backends.agentcore.failures import MissingError, TokenMismatchError
from bylaw.backends.agentcore.names import client_token
from bylaw.backends.agentcore.pace import Timing
from bylaw.backends.agentcore.records import PolicyDraft, PolicyRecord
from bylaw.backends.connection import IdFactory
from bylaw.backends.interface import BackendAmbiguousError, BackendNotReadyError
from bylaw.backends.statuses import ACTIVE, CREATING, DELETING
from bylaw.model.errors import BackendError, ConflictError

LOOKS: Final = 5
PAUSE: Final = 1.0
"""Seconds between two looks at the first policy of a gateway; all of them fit into the shortest lease."""

_GATEWAY: Final = re.compile(r'Gateway::"(arn:[^"]{1,1000})"')


IsIt = Callable[[PolicyRecord], bool]


class _HeldError(Exception):
    """Something holds the name."""

    def __init__(self, holder: PolicyRecord) -> None:
        super().__init__(holder.id)
        self.holder = holder


class _HiddenError(ConflictError):
    """Something holds the name, and does not show."""


class Creator:
    """Creates the policies of one target."""

    def __init__(self, plane: ControlPlane, ids: IdFactory, timing: Timing, converge_seconds: float) -> None:
        self._plane = plane
        self._ids = ids
        self._timing = timing
        self._converge_seconds = converge_seconds
        self._proven: set[str] = set()
        """Gateways that need no watching: they have taken a policy, or did not make up their mind while we looked."""
        self._refused: dict[str, float] = {}
        """When a gateway was first seen to refuse."""

    def learn(self, records: Iterable[PolicyRecord]) -> None:
        """Take note of the gateways that live policies name."""
        for record in records:
            if record.status == ACTIVE:
                self._proven |= gateways_in(record.statement or "")

    def create(self, engine_id: str, draft: PolicyDraft, token: str, is_it: IsIt) -> PolicyRecord:
        """Create a policy, and answer it as it is a moment later. `is_it` tells whether an object is the one that is asked for.

        An object keeps its name when somebody edits it, so content may find its name held by other content: then it takes a spare
        one, and a repeat goes the same way.

        Raises:
            ConflictError: the token stands for another policy, or the policy is there already.
            BackendNotReadyError: an earlier object of the name is still going, or the gateway does not take policies yet.
        """
        for spare, name in enumerate(draft.names):
            try:
                found = self._create(engine_id, name, draft, client_token(token, spare), is_it)
            except _HeldError as held:
                if is_it(held.holder):
                    raise ConflictError(f"policy `{name}` is there already", help="plan again") from None
            else:
                return self._past_gateway(found, is_it)
        raise ConflictError(
            f"every name of policy `{draft.names[0]}` is held by other content", help="delete one of them"
        )

    def look(self, record: PolicyRecord) -> PolicyRecord | None:
        """Read a policy afresh; none where it does not exist, or does not show yet."""
        try:
            return self._plane.policy(record.engine_id, record.id)
        except MissingError:
            return None

    def glance(self, record: PolicyRecord) -> PolicyRecord | None:
        """Look at what was just written. The write counts, whatever becomes of this read: where it fails, `record` has to do."""
        try:
            return self.look(record)
        except BackendError:
            return record

    def _create(self, engine_id: str, name: str, draft: PolicyDraft, token: str, is_it: IsIt) -> PolicyRecord:
        """Create it under one name. What is answered may not show: then the token was answered with what was deleted since, and
        another token makes it anew; or it is too new to show, and the service refuses a second one of the name."""
        made = self._send(engine_id, name, draft, token)
        found = self.glance(made)
        if found is None:
            try:
                made = self._send(engine_id, name, draft, client_token(self._ids()))
            except _HeldError as held:
                if not is_it(held.holder):
                    raise
                return held.holder
            except _HiddenError:
                return made
            found = self.glance(made) or made
        if found.status == DELETING:
            raise _still_going(name)
        return found

    def _send(self, engine_id: str, name: str, draft: PolicyDraft, token: str) -> PolicyRecord:
        """Send it; a name that was held only by something on its way out is free, or soon will be."""
        try:
            return self._sent(engine_id, name, draft, token)
        except TokenMismatchError:
            raise
        except ConflictError:
            holder = next((held for held in self._plane.policies(engine_id) if held.name == name), None)
        if holder is not None:
            raise _still_going(name) if holder.status == DELETING else _HeldError(holder)
        try:
            return self._sent(engine_id, name, draft, token)
        except ConflictError as error:
            raise _HiddenError(error.message, help=error.help) from None

    def _sent(self, engine_id: str, name: str, draft: PolicyDraft, token: str) -> PolicyRecord:
        made = self._plane.create_policy(engine_id, name, draft, token)
        if (made.name, made.engine_id) != (name, engine_id):
            raise BackendAmbiguousError(f"asked for policy `{name}`, the service answered with another one")
        return made

    def _past_gateway(self, record: PolicyRecord, is_it: IsIt) -> PolicyRecord:
        """Watch the first policy of each gateway until it is decided, at most for some seconds."""
        gateways = gateways_in(record.statement or "")
        if not gateways - self._proven:
            return record
        for _ in range(LOOKS):
            if record.status != CREATING:
                break
            self._timing.sleep(PAUSE)
            record = self.glance(record) or record
        if record.is_refused_by_gateway and is_it(record):
            self._wait_for(gateways - self._proven, record)
        else:
            self._proven |= gateways
        return record

    def _wait_for(self, gateways: set[str], record: PolicyRecord) -> None:
        """Clear the failed object away, so that its name is free for the next try; past the budget it stays, with its reason."""
        now = self._timing.monotonic()
        since = min(self._refused.setdefault(gateway, now) for gateway in gateways)
        if now - since >= self._converge_seconds:
            return
        self._plane.delete_policy(record)
        named = ", ".join(f"`{gateway}`" for gateway in sorted(gateways))
        raise BackendNotReadyError(
            f"gateway {named} does not take policies yet",
            help="new gateways need minutes; otherwise allow `bedrock-agentcore:InvokeGateway` on it for this role",
        )


def gateways_in(statement: str) -> set[str]:
    """ARNs of the gateways that a policy names."""
    return set(_GATEWAY.findall(statement))


def _still_going(name: str) -> BackendNotReadyError:
    return BackendNotReadyError(f"an earlier policy `{name}` is still being deleted")
