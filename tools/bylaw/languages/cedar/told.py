"""What those who put the validator's sentences into words pass to one another."""

import re
from typing import NamedTuple

from bylaw.languages.cedar.ast import Expression
from bylaw.languages.cedar.culprits import Culprit
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import Environment, Schema


class Told(NamedTuple):
    """A message at a place of the policy's file."""

    place: tuple[int, int]
    message: str
    help: str | None


class Asked(NamedTuple):
    """Sentences of one kind about one expression, to be told."""

    policy: CedarPolicy
    schema: Schema
    environments: tuple[Environment, ...]
    """Where the policy applies; everywhere, if its scope admits nothing."""
    culprit: Culprit
    matches: tuple[re.Match[str], ...]

    @property
    def node(self) -> Expression | None:
        """The expression; none for the scope."""
        return self.culprit.node


def place_of(node: Expression) -> tuple[int, int]:
    """The range of an expression."""
    return (node.start, node.end)


def named_in(text: str, name: str, start: int, end: int) -> tuple[int, int]:
    """Where a type is named inside a range; the whole range where its name is written in an unusual way."""
    pattern = r"\s*::\s*".join(map(re.escape, name.split("::")))
    match = re.compile(rf"(?<![\w:]){pattern}(?![\w:])").search(text, start, end)
    return match.span() if match else (start, end)
