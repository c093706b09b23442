"""What an evaluator answers, whatever the language. A test suite, a mutation run, a smoke check and a replay all use this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bylaw.model.decisions import Answer
from bylaw.model.errors import BylawError
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import EntityUid

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class MalformedRequestError(BylawError):
    """The request, or the entities beside it, is not of the schema. Never read as a denial."""

    exit_code = ExitCode.INVALID_INPUT
    code = "malformed-request"


@dataclass(frozen=True, slots=True)
class EntityData:
    """One entity that a request brings along. Values are Cedar entity JSON, typed by the schema."""

    uid: EntityUid
    attributes: Mapping[str, Json]
    tags: Mapping[str, Json]
    parents: tuple[EntityUid, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """May `principal` do `action` on `resource`, in this `context`?"""

    principal: EntityUid
    action: EntityUid
    resource: EntityUid
    context: Mapping[str, Json]


class Evaluator(Protocol):
    """Decides requests against one policy set."""

    def decide(self, requests: Sequence[Request], entities: Sequence[EntityData]) -> tuple[Answer, ...]:
        """The answer to each request, all with the same entities.

        Raises:
            MalformedRequestError: a request or an entity does not fit the schema.
        """
