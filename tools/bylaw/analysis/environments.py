"""How request environments stand in a message, and in which of them a proof about a policy is worth a word."""

from collections.abc import Collection, Iterable

from bylaw.analysis.proven import PolicyFacts
from bylaw.analysis.wording import code
from bylaw.languages.cedar.schema import Environment
from bylaw.model.identifiers import EntityUid

SHOWN = 3
"""How many environments a message lists; the rest is a number."""
_LIMIT = 160
"""Names of gateways and their tools are long."""


def in_environments(environments: Collection[Environment]) -> str:
    """`in` one environment, or `in 4 environments: ` and the first three of them."""
    found = sorted(set(environments))
    names = [code(environment_text(environment), _LIMIT) for environment in found[:SHOWN]]
    if len(found) == 1:
        return f"in {names[0]}"
    rest = [f"{len(found) - SHOWN} more"] if len(found) > SHOWN else []
    *first, last = [*names, *rest]
    return f"in {len(found)} environments: {', '.join(first)} and {last}"


def environment_text(environment: Environment) -> str:
    """`Agent, Action::"pay", Tool`."""
    return f"{environment.principal}, {environment.action}, {environment.resource}"


def subject_of(environments: Iterable[Environment]) -> str:
    """Environments as what a finding is about: accepted for some of them, it is a new one as soon as there are others."""
    return "; ".join(environment_text(environment) for environment in sorted(set(environments)))


def by_action(environments: Iterable[Environment]) -> dict[EntityUid, list[Environment]]:
    """Environments by their action, sorted."""
    found: dict[EntityUid, list[Environment]] = {}
    for environment in sorted(set(environments)):
        found.setdefault(environment.action, []).append(environment)
    return found


def where_it_counts(policy: PolicyFacts) -> frozenset[Environment]:
    """The environments in which some request may satisfy the policy."""
    return frozenset(policy.environments).difference(policy.never, policy.always_errs)
