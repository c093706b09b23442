"""A universe small enough to ask the Cedar engine about every request in it."""

from functools import cache
from itertools import product
from random import Random
from typing import Final

import cedarpy

PRINCIPALS: Final = ("ada", "bob", "eve")
ACTIONS: Final = ("read", "write")
REQUESTS: Final = tuple(
    {"principal": f'User::"{who}"', "action": f'Action::"{what}"', "resource": 'Document::"one"', "context": {}}
    for who, what in product(PRINCIPALS, ACTIONS)
)

POLICIES: Final = tuple(
    f"{effect} (principal{who}, action{what}, resource);"
    for effect in ("permit", "forbid")
    for who in ("", *(f' == User::"{name}"' for name in PRINCIPALS))
    for what in ("", *(f' == Action::"{name}"' for name in ACTIONS))
)
PERMITS: Final = tuple(text for text in POLICIES if text.startswith("permit"))
FORBIDS: Final = tuple(text for text in POLICIES if text.startswith("forbid"))

Allowed = frozenset[int]


@cache
def allowed(policies: frozenset[str]) -> Allowed:
    """The requests, by number, that the engine allows under these policies."""
    answers = cedarpy.is_authorized_batch([dict(request) for request in REQUESTS], "\n".join(sorted(policies)), [])
    return frozenset(number for number, answer in enumerate(answers) if answer.allowed)


def dice(seed: int) -> Random:
    """Chance that repeats itself."""
    return Random(seed)  # noqa: S311 - not a secret


def some_policies(random: Random, names: int = 4, most: int = 4) -> dict[str, str]:
    """Up to `most` policies under some of so many names."""
    chosen = random.sample(range(names), random.randint(0, most))
    return {f"p{number}": random.choice(POLICIES) for number in sorted(chosen)}


def too_wide(old: Allowed, new: Allowed, now: Allowed) -> bool:
    """Whether something is allowed that neither end allows."""
    return not now <= old | new


def too_narrow(old: Allowed, new: Allowed, now: Allowed) -> bool:
    """Whether something is denied that both ends allow."""
    return not old & new <= now
