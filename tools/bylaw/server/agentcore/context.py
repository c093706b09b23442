"""What every operation works with, and the listing that many share."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bylaw.server.agentcore.fate import Fate
from bylaw.server.agentcore.kinds import FACTS, GONE, Change, Held, Kind
from bylaw.server.agentcore.objects import Objects
from bylaw.server.agentcore.options import AgentCoreOptions
from bylaw.server.agentcore.refusals import Fault, conflict, invalid

Values = Mapping[str, Any]
"""Members of a request that were checked against the service model."""
Answer = dict[str, Any]

PAGE: Final = 10
"""Objects a page where the caller asks for no number."""
_ON_THE_WAY: Final = frozenset({"CREATING", "UPDATING", "DELETING", "GENERATING"})


@dataclass(frozen=True, slots=True)
class Context:
    """One request's surroundings."""

    objects: Objects
    options: AgentCoreOptions
    now: datetime
    region: str
    fate: Fate

    @property
    def prefix(self) -> str:
        """The beginning of every ARN."""
        return f"arn:aws:bedrock-agentcore:{self.region}:{self.options.account}"

    def arn(self, held: Held) -> str:
        """The ARN of an object."""
        return str(held.wire(self.prefix)[FACTS[held.kind].arn])

    def change(self, status: str) -> Change:
        """To be done when things take their usual time."""
        due = self.now + timedelta(seconds=self.options.settle_seconds + self.fate.stuck_seconds)
        return Change(status, due, (self.fate.fails,) if self.fate.fails else ())

    def shown(self, held: Held) -> Answer:
        """An object as an answer."""
        return held.wire(self.prefix)


Handler = Callable[[Context, Values], Answer]


def demand_idle(held: Held) -> None:
    """Refuse to change what is changing.

    Raises:
        Refusal: it is.
    """
    if held.status in _ON_THE_WAY:
        raise conflict(f"{FACTS[held.kind].what} {held.id} is in status {held.status}")


def deleting(context: Context, held: Held) -> Held:
    """Begin to delete an object; to ask again is no error."""
    if held.status == "DELETING":
        return held
    demand_idle(held)
    return context.objects.put(held.moving("DELETING", context.change(GONE), context.now))


def page(
    context: Context, values: Values, kind: Kind, parent: str | None, matches: Callable[[Held], bool] = lambda _: True
) -> Answer:
    """One page of a listing, in the order of creation."""
    listing = f"{kind} {parent or ''} {values.get('targetResourceScope', '')}"
    size = int(values.get("maxResults", PAGE))
    after = _position(values.get("nextToken"), listing)
    found: list[Held] = []
    while len(found) <= size:
        some = context.objects.listed(kind, parent, after, size + 1)
        found += [held for held in some if matches(held)]
        if len(some) <= size:
            break
        after = some[-1].position
    answer: Answer = {FACTS[kind].listed: [context.shown(held) for held in found[:size]]}
    return answer | ({"nextToken": _token(listing, found[size - 1].position)} if len(found) > size else {})


def _token(listing: str, position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([listing, position]).encode()).decode().rstrip("=")


def _position(token: str | None, listing: str) -> int:
    if token is None:
        return 0
    try:
        found, position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError, TypeError):
        found, position = None, None
    if found != listing or not isinstance(position, int):
        raise invalid("The pagination token is not valid", "FieldValidationFailed", Fault("nextToken", "is not valid"))
    return position
