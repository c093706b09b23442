"""Units: what one statement, or one link of a template, contributes to a policy set.

A unit is known by its position. Whoever builds a set of units maps positions back to ids of its own; the engine's positional
names never leave `bylaw.evaluation.engine`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from bylaw.languages.cedar.ast import Scope
from bylaw.languages.cedar.program import CedarLink, CedarPolicy
from bylaw.languages.cedar.rewrite import filled
from bylaw.model.identifiers import EntityUid

Scopes = tuple[Scope, Scope, Scope]


class Unit(NamedTuple):
    """One policy of a set."""

    text: str
    """Text of one statement; of the template where `values` are given."""
    scopes: Scopes
    """The scope with slots filled: what the index looks at."""
    values: Mapping[str, EntityUid] | None = None
    """Slot name to entity, for a link."""


def static_unit(policy: CedarPolicy) -> Unit:
    """The unit of a policy that decides by itself."""
    return Unit(policy.canonical, policy.statement.scopes)


def link_unit(link: CedarLink) -> Unit:
    """The unit of a template with its slots filled."""
    return Unit(link.template.canonical, filled(link).scopes, link.values)
