"""One small change of a policy, in any language."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bylaw.model.identifiers import PolicyId
from bylaw.model.spans import Span


class Direction(StrEnum):
    """What a mutant does to the allowed requests, worst first: a surviving one that widens is a missing negative test."""

    WIDENS = "widens"
    CHANGES = "changes"
    NARROWS = "narrows"


@dataclass(frozen=True, slots=True)
class BaseMutant:
    """One change to one policy."""

    id: str
    """Policy, operator and digest of the mutated policy: unmoved by formatting, and by changes to other policies."""
    policy: PolicyId
    """The policy or template that is changed."""
    operator: str
    direction: Direction
    span: Span
    """What is changed."""
    before: str
    after: str
    """What stands in the place of `before`; empty where it is dropped."""


MutantT_co = TypeVar("MutantT_co", bound=BaseMutant, covariant=True)
"""The mutants of one language."""
