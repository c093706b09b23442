"""Opening a target: nothing is sent, nothing is trusted that the target does not name, and httpx is an extra."""

import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bylaw.backends.interface import BackendTerminalError
from bylaw.model.errors import UsageError
from tools.backends.policy_api.opening import Stopwatch, policy_api, policy_api_backend
from tools.backends.policy_api.original import World


def test_opening_sends_nothing(world: World, url: str) -> None:
    policy_api_backend(url)

    assert world.seen == []


def test_a_prefix_of_the_path_is_kept(world: World, url: str, watch: Stopwatch) -> None:
    for prefix in ("/gateway", "/gateway/"):
        with pytest.raises(BackendTerminalError, match="there is no Policy API at the server"):
            policy_api(f"{url}{prefix}", watch).engines()

    assert {request.path for request in world.seen} == {"/gateway/api/v1/policy/engines"}


@pytest.mark.parametrize("content", [None, "", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_certificates_that_are_none_are_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ours.pem"
    if content is not None:
        path.write_text(content)

    with pytest.raises(UsageError, match="cannot be used as certificates"):
        policy_api("https://gateway.example.com", Stopwatch(), ca_file=str(path))


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"policy_engines": [], "next_token": null}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        del format, args


@contextmanager
def encrypted(certificate: Path, key: Path) -> Iterator[str]:
    """A server with a certificate of its own; the URL."""
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `localhost` that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(made)],
        check=True, capture_output=True,
    )  # fmt: skip
    return made, key


def test_a_certificate_that_nobody_trusts_ends_it(certificate: tuple[Path, Path], watch: Stopwatch) -> None:
    with encrypted(*certificate) as url:
        api = policy_api(url, watch)
        with pytest.raises(BackendTerminalError) as failure:
            api.engines()
        with pytest.raises(BackendTerminalError):
            api.create_engine("shop", "", "key")
        api.close()

    assert failure.value.message == "the certificate of the server is not trusted, so `list engines` was not sent"
    assert watch.slept == []


def test_a_certificate_that_the_target_names_is_trusted(certificate: tuple[Path, Path], watch: Stopwatch) -> None:
    with encrypted(*certificate) as url:
        api = policy_api(url, watch, ca_file=str(certificate[0]))
        found = api.engines()
        api.close()

    assert found == ()


def test_a_certificate_of_another_host_is_not_trusted(certificate: tuple[Path, Path], watch: Stopwatch) -> None:
    with encrypted(*certificate) as url:
        api = policy_api(url.replace("localhost", "127.0.0.1"), watch, ca_file=str(certificate[0]))
        with pytest.raises(BackendTerminalError, match="is not trusted"):
            api.engines()
        api.close()


def test_httpx_is_needed_only_when_a_target_is_opened() -> None:
    script = (
        "import sys; sys.modules['httpx'] = None\n"
        "from bylaw.backends.policy_api import open_policy_api\n"
        "from bylaw.backends import capabilities, registry\n"
        "from bylaw.repository.documents.policy_api import PolicyApiTarget\n"
        "from bylaw.model.errors import UsageError\n"
        "try: open_policy_api(None, PolicyApiTarget(base_url='https://x.example.com'), {})\n"
        "except UsageError as error: print(error.message, '|', error.help)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "backend `policy-api` needs httpx | install it with `pip install 'bylaw[http]'`\n"
