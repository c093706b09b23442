"""What AgentCore policy engines can hold. Nothing of the AWS SDK is needed to know it.

The limits are those of the service model (`CedarPolicy.statement`, 35 to 10,000 characters) and of the documented quotas. Those
200 KB are of all policies that apply to one gateway. A policy that names none applies to all, so a whole engine is held to them.
"""

from typing import Final

from bylaw.compile.capabilities import Capabilities
from bylaw.model.effects import Mode

CAPABILITIES: Final = Capabilities(
    kind="agentcore",
    languages=frozenset({"cedar"}),
    transactional=False,
    modes=frozenset(Mode),
    max_policies=1000,
    max_statement_length=10_000,
    min_statement_length=35,
    max_engine_bytes=200_000,
    max_schema_bytes=400_000,
    manages_schema=False,
)
