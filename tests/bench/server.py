"""`bylaw serve` under load: decisions beside the same Cedar calls in this process, writing and listing, tails, memory."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cedarpy

from bench.bound import Bound
from bench.load import Load, bear, message

BASE = "/api/v1/policy"
POLICIES = 100
REQUESTS = 20_000
MANY = 100_000
BATCH = 100
ENGINE = "bench"


def servers() -> list[Bound]:
    """Everything that is held of the server."""
    with tempfile.TemporaryDirectory() as scratch, serving(Path(scratch), workers=2) as (url, _):
        engine = fill(url)
        questions = [question(number) for number in range(2000)]
        rate, floor = authorize(url, engine, questions), in_process(questions)
        batch = batches(url, engine, questions)
        written, listed = writes(url), lists(url, engine)
    with tempfile.TemporaryDirectory() as scratch, serving(Path(scratch), workers=1) as (url, process):
        grown = memory(url, fill(url), questions, process)
    return [
        Bound("bare Cedar calls in-process / authorize of 8 clients, 2 workers", floor / rate.rate, 2.0, "x"),
        Bound(f"the same in batches of {BATCH}", floor / (batch.rate * BATCH), 2.0, "x"),
        Bound("authorize of 8 clients, 99th percentile", rate.percentile(0.99) * 1000, 50, "ms"),
        # Eight writers queue behind commits that wait for the disk.
        Bound("create of a policy by 8 clients, 99th percentile", written.percentile(0.99) * 1000, 1000, "ms"),
        Bound(f"list of {POLICIES} policies by 8 clients, 99th percentile", listed.percentile(0.99) * 1000, 500, "ms"),
        Bound(f"growth of the server over {MANY:,} decisions", grown, 20, "MB"),
    ]


@contextmanager
def serving(folder: Path, workers: int) -> Iterator[tuple[str, int]]:
    """A server of its own; its URL and process id."""
    command = [sys.executable, "-m", "bylaw", "--root", str(folder), "serve", "--port", "0", "--workers", str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1], process.pid
        finally:
            process.terminate()


def post(url: str, path: str, body: object) -> Any:
    """One call that has to succeed."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}{BASE}{path}", json.dumps(body).encode(), headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def policy(number: int) -> str:
    """One of the policies."""
    return (
        f'permit(principal == User::"u{number}", action == Action::"view", resource in Folder::"f{number}")\n'
        f'when {{ context.amount < {number + 10} && context.region == "eu" }};'
    )


def fill(url: str) -> str:
    """Make the engine, and give its id."""
    engine = str(post(url, "/engines", {"name": ENGINE})["policy_engine_id"])
    for number in range(POLICIES):
        post(url, f"/engines/{engine}/policies", {"policy_body": policy(number)})
    return engine


def question(number: int) -> dict[str, Any]:
    """One of the questions, with an entity of its own."""
    chosen = number % POLICIES
    return {
        "principal": {"type": "User", "id": f"u{chosen}"},
        "action": {"type": "Action", "id": "view"},
        "resource": {"type": "Doc", "id": f"d{number}"},
        "context": {"amount": number % 50, "region": "eu"},
        "entities": [
            {
                "uid": {"type": "Doc", "id": f"d{number}"},
                "attrs": {"risk": number},
                "parents": [{"type": "Folder", "id": f"f{chosen}"}],
            }
        ],
    }


def authorize(url: str, engine: str, questions: Sequence[dict[str, Any]], requests: int = REQUESTS) -> Load:
    """One decision a request."""
    bodies = [json.dumps({**asked, "engine_id": engine}).encode() for asked in questions]
    messages = [message(url, "POST", f"{BASE}/authorize", body) for body in bodies]
    bear(url, messages, 1000)
    return bear(url, messages, requests)


def batches(url: str, engine: str, questions: Sequence[dict[str, Any]]) -> Load:
    """Many decisions a request, with the same entities."""
    messages = []
    for asked in questions[:50]:
        requests = [
            {name: value for name, value in asked.items() if name != "entities"}
            | {"context": {"amount": number, "region": "eu"}}
            for number in range(BATCH)
        ]
        body = {"engine_id": engine, "entities": asked["entities"], "requests": requests}
        messages.append(message(url, "POST", f"{BASE}/authorize/batch", json.dumps(body).encode()))
    return bear(url, messages, 500)


def in_process(questions: Sequence[dict[str, Any]]) -> float:
    """Decisions a second of the engine alone: the set is parsed once, each request brings its entities."""
    policies = cedarpy.PolicySet.from_str("\n".join(map(policy, range(POLICIES))))
    began = time.perf_counter()
    for asked in questions:
        entities = cedarpy.Entities.from_json_str(json.dumps(asked["entities"]))
        cedarpy.is_authorized({name: asked[name] for name in asked if name != "entities"}, policies, entities)
    return len(questions) / (time.perf_counter() - began)


def writes(url: str) -> Load:
    """One policy a request, into an engine of its own."""
    engine = post(url, "/engines", {"name": "writes"})["policy_engine_id"]
    body = json.dumps({"policy_body": policy(1)}).encode()
    return bear(url, [message(url, "POST", f"{BASE}/engines/{engine}/policies", body)], 500)


def lists(url: str, engine: str) -> Load:
    """Whole listings."""
    return bear(url, [message(url, "GET", f"{BASE}/engines/{engine}/policies?max_results={POLICIES}")], 500)


def memory(url: str, engine: str, questions: Sequence[dict[str, Any]], process: int) -> float:
    """Megabytes by which a warm server grows over many decisions."""
    authorize(url, engine, questions, MANY // 5)
    before = _resident(process)
    authorize(url, engine, questions, MANY)
    return _resident(process) - before


def _resident(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
