"""Decision flips of policies in `LOG_ONLY`, from the CloudWatch metrics that the service publishes.

Nothing observed is not nothing turned: where the engine decided nothing in that time, or could not evaluate the policy every time,
the count is unknown. Metrics of several combinations of dimensions are summed, so a flip may count twice and never less than once.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bylaw.backends.agentcore.failures import Call, Failures
from bylaw.backends.agentcore.names import OBJECT_ID
from bylaw.backends.interface import BackendTerminalError

NAMESPACE: Final = "AWS/Bedrock-AgentCore"
FINE: Final = timedelta(minutes=5)
COARSE: Final = timedelta(hours=1)
FINE_SPAN: Final = timedelta(days=3)
MAX_PAGES: Final = 20

_CALL: Final = Call("GetMetricData", writes=False)


class FlipMetrics:
    """The metrics of one account and region."""

    def __init__(self, client: Any, failures: Failures) -> None:  # noqa: ANN401 - the SDK makes its clients at run time
        self._client = client
        self._failures = failures

    def count(self, engine_id: str, policy_id: str, since: datetime, until: datetime) -> int | None:
        """How many decisions of the engine the policy would have turned between two times; none where that is not known."""
        if not (OBJECT_ID.fullmatch(engine_id) and OBJECT_ID.fullmatch(policy_id)):
            return None
        period = FINE if until - since <= FINE_SPAN else COARSE
        queries = {
            "flips": _search('MetricName="LogOnlyDecisionFlips"', "Policy", policy_id, period),
            "incomplete": _search('MetricName="LogOnlyEvalIncomplete"', "Policy", policy_id, period),
            "decisions": _search('MetricName=("AllowDecisions" OR "DenyDecisions")', "PolicyEngine", engine_id, period),
        }
        sums = self._sums(queries, _floor(since, period), until)
        if sums is None or not sums["decisions"] or sums["incomplete"]:
            return None
        return round(sums["flips"])

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _sums(self, queries: Mapping[str, str], since: datetime, until: datetime) -> Mapping[str, float] | None:
        wanted = [{"Id": name, "Expression": expression} for name, expression in queries.items()]
        sums = dict.fromkeys(queries, 0.0)
        paging: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            try:
                answer = self._client.get_metric_data(
                    MetricDataQueries=wanted, StartTime=since, EndTime=until, **paging
                )
            except Exception as error:  # noqa: BLE001 - parsing a hostile answer can raise anything
                raise self._failures.sort(error, _CALL) from None
            for result in _results(answer):
                if result.get("StatusCode") not in {"Complete", "PartialData"} or result.get("Id") not in sums:
                    return None
                sums[result["Id"]] += sum(_values(result))
            token = answer.get("NextToken")
            if not token:
                return sums if all(r.get("StatusCode") == "Complete" for r in _results(answer)) else None
            paging = {"NextToken": str(token)}
        return None


def _search(metric: str, dimension: str, value: str, period: timedelta) -> str:
    """A CloudWatch search expression over whatever other dimensions there are. Values are ids, so nothing in them ends the text."""
    terms = f'Namespace="{NAMESPACE}" {metric} {dimension}="{value}"'
    return f"SUM(SEARCH('{terms}', 'Sum', {int(period.total_seconds())}))"


def _floor(time: datetime, period: timedelta) -> datetime:
    return datetime.fromtimestamp(time.timestamp() // period.total_seconds() * period.total_seconds(), UTC)


def _results(answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    results = answer.get("MetricDataResults")
    if not isinstance(results, list) or not all(isinstance(result, Mapping) for result in results):
        raise BackendTerminalError("the answer to `GetMetricData` has no usable `MetricDataResults`")
    return results


def _values(result: Mapping[str, Any]) -> Sequence[float]:
    values = result.get("Values")
    if not isinstance(values, list) or not all(isinstance(value, int | float) and value >= 0 for value in values):
        raise BackendTerminalError("the answer to `GetMetricData` has no usable `Values`")
    return values
