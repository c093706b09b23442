"""Decision flips are counted from CloudWatch with the real SDK; what is not known for certain is not known."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bylaw.backends.interface import BackendTerminalError, BackendTransientError, LiveObject
from tools.backends.agentcore.opening import SECRET_KEY, agentcore_backend, connection
from tools.backends.agentcore.wire import Wire
from tools.contracts.policies import ENGINE, desired

NOW = connection().clock()
HOUR = timedelta(hours=1)
Series = tuple[str, list[float], str]


@dataclass
class Metrics:
    """A CloudWatch that answers one page after the other."""

    pages: list[list[Series]] = field(default_factory=list)
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def answer(self, body: bytes) -> bytes:
        self.asked.append(json.loads(body))
        page = self.pages.pop(0) if self.pages else []
        results = [{"Id": name, "Values": values, "StatusCode": status} for name, values, status in page]
        return json.dumps({"MetricDataResults": results, **({"NextToken": "more"} if self.pages else {})}).encode()


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    held = Metrics()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = held.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(held.status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        held.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield held
        server.shutdown()
        thread.join()


def counted(wire: Wire, metrics: Metrics, since: timedelta = HOUR, until: timedelta = timedelta()) -> int | None:
    backend = agentcore_backend(wire.url, metrics_url=metrics.url)
    backend.put_schema(ENGINE, None)
    live: LiveObject = backend.create(ENGINE, desired(), "t")
    return backend.count_flips(live, NOW - since, NOW - until)


def series(flips: float = 0, incomplete: float = 0, decisions: float = 10) -> list[Series]:
    return [
        ("flips", [flips], "Complete"),
        ("incomplete", [incomplete], "Complete"),
        ("decisions", [decisions], "Complete"),
    ]


COUNTS: dict[str, tuple[list[list[Series]], int | None]] = {
    "none": ([series()], 0),
    "some": ([series(flips=3)], 3),
    "over several pages": ([series(flips=3), series(flips=2)], 5),
    "no decision was made": ([series(decisions=0)], None),
    "no metric is there": ([[]], None),
    "the policy was not always evaluated": ([series(incomplete=1)], None),
    "the answer is not whole": ([[("decisions", [1.0], "PartialData")]], None),
    "the metrics failed": ([[("decisions", [1.0], "InternalError")]], None),
    "something else was counted": ([[*series(), ("other", [0.0], "Complete")]], None),
}


@pytest.mark.parametrize("what", COUNTS)
def test_flips_are_counted_or_unknown(what: str, wire: Wire, metrics: Metrics) -> None:
    pages, expected = COUNTS[what]
    metrics.pages = list(pages)

    assert counted(wire, metrics) == expected


def test_the_question_names_policy_engine_and_time(wire: Wire, metrics: Metrics) -> None:
    metrics.pages = [series()]
    counted(wire, metrics, since=HOUR + timedelta(minutes=2))

    (asked,) = metrics.asked
    (policy,) = wire.service.policies
    expressions = {query["Id"]: query["Expression"] for query in asked["MetricDataQueries"]}
    assert f'Policy="{policy}"' in expressions["flips"]
    assert 'MetricName="LogOnlyDecisionFlips"' in expressions["flips"]
    assert "', 'Sum', 300))" in expressions["flips"]
    assert asked["EndTime"] == NOW.timestamp()
    assert asked["StartTime"] == (NOW - HOUR - timedelta(minutes=5)).timestamp()


def test_a_long_time_is_asked_for_in_hours(wire: Wire, metrics: Metrics) -> None:
    metrics.pages = [series()]
    counted(wire, metrics, since=timedelta(days=10))

    assert all("'Sum', 3600))" in query["Expression"] for query in metrics.asked[0]["MetricDataQueries"])


def test_what_is_still_to_come_is_not_known(wire: Wire, metrics: Metrics) -> None:
    assert counted(wire, metrics, until=-HOUR) is None
    assert metrics.asked == []


def test_failing_metrics_are_errors_like_others(wire: Wire, metrics: Metrics) -> None:
    metrics.status = 500

    with pytest.raises(BackendTransientError, match="GetMetricData") as caught:
        counted(wire, metrics)
    assert SECRET_KEY not in str(caught.value)


def test_negative_counts_are_no_counts(wire: Wire, metrics: Metrics) -> None:
    metrics.pages = [series(flips=-1)]

    with pytest.raises(BackendTerminalError, match="no usable `Values`"):
        counted(wire, metrics)
