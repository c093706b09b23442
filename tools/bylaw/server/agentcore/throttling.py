"""How fast calls may come, account-wide: a token bucket for each lane of the documented rates."""

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bylaw.server.agentcore.options import ENGINE_READ_RATE, ENGINE_WRITE_RATE, GENERATION_RATE, POLICY_RATE
from bylaw.server.agentcore.refusals import Refusal

_LANES: Final[Mapping[str, tuple[str, float]]] = {
    **dict.fromkeys(
        ("CreatePolicyEngine", "UpdatePolicyEngine", "DeletePolicyEngine"), ("engine-write", ENGINE_WRITE_RATE)
    ),
    **dict.fromkeys(
        ("GetPolicyEngine", "ListPolicyEngines", "GetPolicyEngineSummary", "ListPolicyEngineSummaries"),
        ("engine-read", ENGINE_READ_RATE),
    ),
    "CreatePolicy": ("create", POLICY_RATE),
    "UpdatePolicy": ("update", POLICY_RATE),
    "DeletePolicy": ("delete", POLICY_RATE),
    **dict.fromkeys(("GetPolicy", "GetPolicySummary"), ("get", POLICY_RATE)),
    **dict.fromkeys(("ListPolicies", "ListPolicySummaries"), ("list", POLICY_RATE)),
    "StartPolicyGeneration": ("generate", GENERATION_RATE),
}


class Throttle:
    """Counts calls. Safe to use from several threads; each process counts its own."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._turn = threading.Lock()
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def take(self, operation: str, now: datetime) -> None:
        """Count one call.

        Raises:
            Refusal: it came too soon.
        """
        lane = _LANES.get(operation)
        if lane is None:
            return
        name, rate = lane[0], lane[1] * self._factor
        most = max(rate, 1.0)
        with self._turn:
            left, then = self._buckets.get(name, (most, now))
            left = min(most, left + rate * max((now - then).total_seconds(), 0.0))
            self._buckets[name] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise Refusal("ThrottlingException", "Rate exceeded")
