"""Creating one policy once. The API has no token that makes a repeat harmless, so what was sent is remembered, and looked for.

Of one content of one policy there is at most one object with our mark. Whoever wants to create it looks for it in the listing: at
first, and again after any answer that leaves open what happened. A server that knows idempotency keys gets one all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bylaw.backends.connection import IdFactory
from bylaw.backends.interface import BackendAmbiguousError, LiveObject, Status
from bylaw.backends.policy_api.client import PolicyApi, PolicyBody
from bylaw.backends.policy_api.records import PolicyRecord
from bylaw.backends.statuses import DELETING
from bylaw.model.digests import Digest, digest_text
from bylaw.model.errors import ConflictError
from bylaw.model.marks import Mark

Content = tuple[Mark, Digest]
"""What makes an object the one that is meant."""

_AGAIN: Final = "plan again"


@dataclass
class _Memory:
    """What is known of one engine."""

    count: int
    ids: dict[Content, str]


class Creator:
    """Creates the policies of one target."""

    def __init__(self, api: PolicyApi, ids: IdFactory, shown: Callable[[PolicyRecord], LiveObject]) -> None:
        self._api = api
        self._shown = shown
        self._run = ids()
        """Keys of one run mean nothing to another: an answer from an earlier one may be of an object that is gone."""
        self._engines: dict[str, _Memory] = {}
        self._sent: dict[str, Content] = {}
        """What each token stands for."""
        self._rounds: dict[str, int] = {}
        """How many objects of a token are gone again."""

    def learn(self, engine_id: str, objects: list[LiveObject]) -> None:
        """Take note of everything that an engine holds."""
        # Of several with one content the one that decides counts, or else the newest.
        known = {_content(live): live.id for live in sorted(objects, key=lambda live: live.status is Status.ACTIVE)}
        ids = {content: id_ for content, id_ in known.items() if content is not None}
        self._engines[engine_id] = _Memory(len(objects), ids)

    def held(self, engine_id: str) -> int:
        """How many policies an engine holds at most, as far as is known."""
        return self._memory(engine_id).count

    def create(self, engine_id: str, body: PolicyBody, content: Content, token: str) -> PolicyRecord:
        """Create a policy, or answer the one that the same token has created before.

        Raises:
            ConflictError: the token stands for another policy, or the policy is there already.
            BackendAmbiguousError: it may have been created; a repeat looks first.
        """
        again = token in self._sent
        if self._sent.setdefault(token, content) != content:
            raise ConflictError("a token was used before, for something else", help=_AGAIN)
        found = self._standing(engine_id, content)
        if found is not None and not again:
            del self._sent[token]
            raise ConflictError(f"policy `{content[0].ref}` is there already", help=_AGAIN)
        if found is not None:
            return found
        return self._send(engine_id, body, content, token)

    def _send(self, engine_id: str, body: PolicyBody, content: Content, token: str) -> PolicyRecord:
        key = digest_text(f"{self._run} {token} {self._rounds.get(token, 0)}")
        try:
            made = self._api.create_policy(engine_id, body, key)
        except BackendAmbiguousError:
            self._engines.pop(engine_id, None)
            raise
        if made.engine_id != engine_id:
            self._engines.pop(engine_id, None)
            raise BackendAmbiguousError(f"policy `{content[0].ref}` was created in another engine, as the server says")
        memory = self._memory(engine_id)
        memory.ids[content] = made.id
        memory.count += 1
        self._rounds[token] = self._rounds.get(token, 0) + 1
        return made

    def _standing(self, engine_id: str, content: Content) -> PolicyRecord | None:
        """The object with this content that is there now. One on its way out does not count: names are no matter here."""
        memory = self._memory(engine_id)
        object_id = memory.ids.get(content)
        if object_id is None:
            return None
        found = self._api.look(engine_id, object_id)
        if found is not None and found.status != DELETING and _content(self._shown(found)) == content:
            return found
        del memory.ids[content]
        return None

    def _memory(self, engine_id: str) -> _Memory:
        if engine_id not in self._engines:
            self.learn(engine_id, [self._shown(record) for record in self._api.policies(engine_id)])
        return self._engines[engine_id]


def _content(live: LiveObject) -> Content | None:
    return None if live.mark is None or live.digest is None else (live.mark, live.digest)
