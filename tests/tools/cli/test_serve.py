"""`bylaw serve`, as a process of its own: starts, answers, keeps, stops."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tools.cli.calling import Cli

ENGINES = "/api/v1/policy/engines"
SECONDS = 30


@contextmanager
def serving(root: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    command = [sys.executable, "-m", "bylaw", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said, _, url = process.stdout.readline().strip().rpartition(" ")
            assert said == "serving on", process.communicate(timeout=SECONDS)
            # The address is taken before the first worker answers: the connection waits for it.
            with httpx.Client(base_url=url, timeout=SECONDS) as http:
                yield process, http
        finally:
            if process.poll() is None:
                process.kill()


def stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(SECONDS)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_is_written_is_there_after_a_restart(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, "--workers", workers) as (process, http):
        made = http.post(ENGINES, json={"name": "shop"}).json()
        assert stop(process) == 0

    with serving(tmp_path, "--workers", workers) as (process, http):
        assert http.get(ENGINES).json()["policy_engines"] == [made]
        assert stop(process) == 0


def test_the_scratch_provider_keeps_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        with serving(tmp_path, "--provider", "noop") as (process, http):
            assert http.get(ENGINES).json()["policy_engines"] == []
            http.post(ENGINES, json={"name": "shop"}).raise_for_status()
            assert stop(process) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_keys_file_closes_the_server(tmp_path: Path) -> None:
    digest = sha256(b"open sesame").hexdigest()
    (tmp_path / "keys.yaml").write_text(f'keys: [{{id: ci, role: admin, sha256: "{digest}"}}]\n')

    with serving(tmp_path, "--keys", "keys.yaml") as (process, http):
        assert http.get(ENGINES).status_code == 401
        assert http.get(ENGINES, headers={"X-Api-Key": "open sesame"}).status_code == 200
        assert stop(process) == 0


def test_headers_without_end_are_not_kept(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, http):
        assert flood(http, 320) < 320
        assert http.get(ENGINES, headers={"X-Filler": "x" * 40_000}).status_code == 431
        assert http.get(ENGINES).status_code == 200
        assert stop(process) == 0


def flood(http: httpx.Client, pieces: int) -> int:
    """Send a header of up to so many pieces of 64 KiB, and tell how many were taken before the other side hung up."""
    assert http.base_url.port is not None
    with socket.create_connection((http.base_url.host, http.base_url.port), timeout=SECONDS) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nx-filler: ")
        for sent in range(pieces):
            try:
                connection.sendall(b"x" * 65536)
            except OSError:
                return sent
    return pieces


REFUSED = {
    "everybody from everywhere": (("--host", "0.0.0.0"), 2, "without keys everybody who reaches `0.0.0.0`"),  # noqa: S104
    "an address that is not ours": (("--host", "nowhere.invalid"), 2, "without keys everybody"),
    "no keys file": (("--keys", "missing.yaml"), 2, "the keys file `missing.yaml` cannot be read"),
    "a keys file that is none": (("--keys", "bad.yaml"), 3, "unknown key `kees`"),
    "a database that is none": (("--database", "oracle://host"), 2, "database kind `oracle` is not supported"),
    "an unknown provider": (("--provider", "cloud"), 2, "cloud"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_served_is_told_at_once(empty: Cli, what: str) -> None:
    arguments, code, told = REFUSED[what]
    empty.write("bad.yaml", "kees: []\n")

    called = empty.run("serve", *arguments)

    assert called.code == code
    assert told in called.stderr
    assert not (empty.root / ".bylaw").exists()


def test_a_port_that_is_taken_is_told(tmp_path: Path, empty: Cli) -> None:
    with serving(tmp_path) as (process, http):
        called = empty.run("serve", "--port", str(http.base_url.port))
        assert stop(process) == 0

    assert called.code == 2
    assert f"cannot serve on `127.0.0.1` port {http.base_url.port}" in called.stderr


def test_a_missing_extra_is_one_line_that_says_which(empty: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "bylaw.server.serving", raising=False)

    called = empty.run("serve")

    assert called.code == 2
    assert "pip install 'bylaw[server]'" in called.stderr
