"""What servers of the Policy API can hold, by what keeps their policies. Nothing of HTTP is needed to know it.

The limits of `agentcore` are those of `CedarPolicy.statement` of its service model, those of `local` are of `bylaw serve`; where
the mark stands in the policy, there is less room for the rest.
"""

from dataclasses import replace
from typing import Final

from bylaw.compile.capabilities import Capabilities
from bylaw.model.effects import Mode
from bylaw.repository.documents.policy_api import PolicyApiTarget

KIND: Final = "policy-api"
MAX_STATEMENT: Final = 10_000
ANNOTATION_ROOM: Final = 750
"""Characters that `@id` and the longest possible mark take: an owner of 100, a target of 200, and a policy of 401 characters."""

FIRST_PAGE: Final = 100
"""How many policies of an engine the enforcer of the original server reads. Those after them are not enforced, forbids included."""

NOOP: Final = Capabilities(
    kind=KIND,
    languages=frozenset({"cedar"}),
    transactional=False,
    modes=frozenset({Mode.ACTIVE}),
    max_statement_length=MAX_STATEMENT,
    manages_schema=False,
)
AGENTCORE: Final = replace(NOOP, min_statement_length=35, max_policies=1000)
LOCAL: Final = replace(NOOP, modes=frozenset(Mode))

_BY_PROVIDER: Final = {"noop": NOOP, "agentcore": AGENTCORE, "local": LOCAL}


def capabilities_of(options: PolicyApiTarget) -> Capabilities:
    """What a target can hold."""
    held = _BY_PROVIDER[options.provider]
    return replace(held, max_statement_length=MAX_STATEMENT - ANNOTATION_ROOM) if options.marks_body else held
