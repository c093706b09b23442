"""What the Policy API asks of whatever keeps the policies. Everything may raise `HttpProblemError` or `BylawError`."""

from dataclasses import dataclass
from typing import Final, Protocol

from bylaw.backends.local.store import Store
from bylaw.model.digests import digest_text
from bylaw.server.keys import Principal
from bylaw.server.policy_api.models import (
    AssetsAnswer,
    EngineAnswer,
    EngineCreate,
    EnginesAnswer,
    GenerationAnswer,
    GenerationsAnswer,
    GenerationStart,
    PoliciesAnswer,
    PolicyAnswer,
    PolicyCreate,
    PolicyUpdate,
)
from bylaw.server.problems import HttpProblemError

NO_GENERATIONS: Final = "Policy generation not supported by this provider"


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf something is done, and as part of what."""

    principal: Principal
    correlation: str


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a listing is wanted."""

    limit: int
    token: str | None


def etag(answer: EngineAnswer | PolicyAnswer) -> str:
    """The strong validator of an object: it changes whenever anything that is shown of it does."""
    return f'"{digest_text(answer.model_dump_json())[:32]}"'


@dataclass(frozen=True, slots=True)
class Precondition:
    """An `If-Match` header; weak validators match nothing."""

    tags: frozenset[str] | None = None
    """None: anything goes."""

    def demand(self, answer: EngineAnswer | PolicyAnswer | None) -> None:
        """Refuse with 412 what is not, or no longer, as the caller has seen it."""
        if self.tags is None:
            return
        if answer is None or not (self.tags & {"*", etag(answer)}):
            raise HttpProblemError(412, "Precondition failed: the object is not as you have seen it")


class Provider(Protocol):
    """Keeps engines and policies."""

    @property
    def store(self) -> Store | None:
        """Where the sets that decide are read from; none where this provider decides nothing here."""

    def create_engine(self, caller: Caller, wanted: EngineCreate, key: str | None) -> EngineAnswer:
        """Make an engine; `key` makes repeating it harmless."""

    def engines(self, part: Slice) -> EnginesAnswer:
        """List engines."""

    def engine(self, engine_id: str) -> EngineAnswer:
        """One engine."""

    def delete_engine(self, caller: Caller, engine_id: str, condition: Precondition, *, cascade: bool) -> None:
        """Delete an engine; one that does not exist is deleted already."""

    def create_policy(self, caller: Caller, engine_id: str, wanted: PolicyCreate, key: str | None) -> PolicyAnswer:
        """Make a policy; `key` makes repeating it harmless."""

    def policies(self, engine_id: str, part: Slice) -> PoliciesAnswer:
        """List the policies of an engine."""

    def policy(self, engine_id: str, policy_id: str) -> PolicyAnswer:
        """One policy."""

    def update_policy(
        self, caller: Caller, engine_id: str, policy_id: str, wanted: PolicyUpdate, condition: Precondition
    ) -> PolicyAnswer:
        """Change a policy."""

    def delete_policy(self, caller: Caller, engine_id: str, policy_id: str, condition: Precondition) -> None:
        """Delete a policy; one that does not exist is deleted already."""

    def start_generation(self, caller: Caller, engine_id: str, wanted: GenerationStart) -> GenerationAnswer:
        """Begin to write policies from words."""

    def generations(self, engine_id: str, part: Slice) -> GenerationsAnswer:
        """List generations."""

    def generation(self, engine_id: str, generation_id: str) -> GenerationAnswer:
        """One generation."""

    def assets(self, engine_id: str, generation_id: str, part: Slice) -> AssetsAnswer:
        """What a generation has come up with."""

    def close(self) -> None:
        """Give the connections back."""
