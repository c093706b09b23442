"""The control plane of Amazon Bedrock AgentCore, as far as policies go: what unmodified AWS clients call by `endpoint_url`.

Facts of the protocol are those of the service model of `bedrock-agentcore-control`; delays, rates and faults are configured.
"""

from bylaw.server.agentcore.face import agentcore_app
from bylaw.server.agentcore.options import AgentCoreOptions, Signer

__all__ = ["AgentCoreOptions", "Signer", "agentcore_app"]
