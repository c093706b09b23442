"""`bylaw serve`."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from bylaw.cli.session import Session
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from bylaw.server.keys import Keyring
    from bylaw.server.options import ServerOptions

EXTRA = ("fastapi", "starlette", "uvicorn", "httptools", "anyio")


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to serve on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes any free one.")
@click.option("--database", metavar="URL", help="Default: sqlite:///.bylaw/serve.db, in the root.")
@click.option("--keys", metavar="FILE", help="Who may call; without it, everybody on this machine may do everything.")
@click.option("--provider", type=click.Choice(["local", "noop", "agentcore"]), default="local", show_default=True)
@click.option("--enforced", metavar="ENGINE", help="The engine that decides where a request names none.")
@click.option("--region", help="Of AgentCore, for that provider.")
@click.option("--endpoint-url", metavar="URL", help="Of AgentCore, for that provider.")
@click.option(
    "--settle-seconds",
    type=click.FloatRange(0, 3600),
    default=0,
    show_default=True,
    help="How long AgentCore objects stay CREATING.",
)
@click.option("--throttled", is_flag=True, help="Hold AgentCore's documented rates.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option("--faults", metavar="FILE", help="Faults to inject, for rehearsals.")
@click.option("--faults-seed", type=int, default=0, show_default=True, help="Makes random faults repeatable.")
@click.pass_obj
def command(session: Session, /, host: str, port: int, database: str | None, **rest: object) -> int:
    """Serve the policy store over HTTP: the Policy API, and AgentCore's control plane.

    Describes itself at `/openapi.json`. Stops on SIGTERM and SIGINT, after the requests under way.
    """
    try:
        from bylaw.server.serving import serve  # noqa: PLC0415 - the web framework is an extra
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        message = "`bylaw serve` needs FastAPI and uvicorn"
        raise UsageError(message, help="install them with `pip install 'bylaw[server]'`") from None
    with ExitStack() as stack:
        if rest["provider"] == "noop":
            database = f"sqlite:///{stack.enter_context(TemporaryDirectory(prefix='bylaw-'))}/noop.db"
        options = _options(database or f"sqlite:///{session.root / '.bylaw/serve.db'}", rest)
        serve(host, port, int(str(rest["workers"])), options, _announce)
    return ExitCode.OK


def _options(url: str, rest: dict[str, object]) -> "ServerOptions":
    from bylaw.server.agentcore.options import AgentCoreOptions  # noqa: PLC0415
    from bylaw.server.options import GATEWAY_ENGINE, ProviderKind, ServerOptions  # noqa: PLC0415

    keys = _text(rest["keys"])
    return ServerOptions(
        url=url,
        keyring=None if keys is None else _keyring(keys),
        provider=ProviderKind(str(rest["provider"])),
        enforced=_text(rest["enforced"]) or GATEWAY_ENGINE,
        region=_text(rest["region"]),
        endpoint_url=_text(rest["endpoint_url"]),
        agentcore=AgentCoreOptions(
            settle_seconds=float(str(rest["settle_seconds"])), throttled=bool(rest["throttled"])
        ),
        faults=_text(rest["faults"]),
        faults_seed=int(str(rest["faults_seed"])),
    )


def _keyring(path: str) -> "Keyring":
    from bylaw.server.keys import read_keyring  # noqa: PLC0415

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the keys file `{path}` cannot be read ({type(error).__name__})"
        raise UsageError(message, help="name a YAML file with a list `keys`") from None
    return read_keyring(text, path, os.environ)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _announce(url: str) -> None:
    sys.stdout.write(f"serving on {url}\n")
    sys.stdout.flush()
