"""Opening targets: settings, environment and root to a backend with the reconciler's memory beside it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bylaw.backends.connection import Connection, random_id
from bylaw.backends.interface import Backend
from bylaw.backends.local.capabilities import NOOP
from bylaw.backends.registry import open_backend
from bylaw.backends.state.interface import StateStore
from bylaw.languages.registry import read_deployed
from bylaw.model.errors import UsageError
from bylaw.model.identifiers import TargetId
from bylaw.reconcile.apply import Executor
from bylaw.reconcile.retry import Patience
from bylaw.repository.documents.settings import Settings, Target

SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Surroundings:
    """The outside world, handed in by the command line."""

    root: Path
    environment: Mapping[str, str] = field(repr=False)
    actor: str
    clock: Callable[[], datetime]
    patience: Patience
    nonce: Callable[[], str] = random_id
    stop: Callable[[], bool] = field(default=lambda: False)


@dataclass(frozen=True)
class OpenTarget:
    """A target that is connected."""

    id: TargetId
    settings: Target
    backend: Backend
    state: StateStore

    def executor(self, around: Surroundings) -> Executor:
        """What an apply works with."""
        return Executor(
            self.backend, self.state, around.actor, around.nonce, around.clock, around.patience, around.stop
        )


def target_settings(settings: Settings, name: str) -> Target:
    """The settings of the target called `name`.

    Raises:
        UsageError: there is none.
    """
    target = settings.targets.get(name)
    if target is None:
        known = ", ".join(settings.targets) or "none; add one under `targets` in `bylaw.yaml`"
        raise UsageError(f"no target `{name}`", help=f"targets: {known}")
    return target


@contextmanager
def open_target(settings: Settings, name: str, around: Surroundings) -> Iterator[OpenTarget]:
    """Connect to a target; both connections are given back at the end."""
    from bylaw.backends.state.sql import open_state  # noqa: PLC0415 - a database layer, loaded when a target is opened

    target = target_settings(settings, name)
    with ExitStack() as stack:
        url = stack.enter_context(_scratch()) if target.backend == NOOP.kind else _url(name, target, around)
        connection = Connection(
            owner=settings.owner,
            target=TargetId(name),
            url=url,
            clock=around.clock,
            reader=read_deployed,
            actor=around.actor,
        )
        backend = stack.enter_context(closing(open_backend(connection, target, around.environment)))
        shared = target.state if target.backend != NOOP.kind else None
        state = stack.enter_context(closing(open_state(_rooted(shared, around.root) if shared else url)))
        yield OpenTarget(TargetId(name), target, backend, state)


@contextmanager
def _scratch() -> Iterator[str]:
    """The URL of a database that is gone afterwards."""
    with TemporaryDirectory(prefix="bylaw-") as folder:
        yield f"{SQLITE}{folder}/noop.db"


def _url(name: str, target: Target, around: Surroundings) -> str:
    if target.url_env is not None:
        value = around.environment.get(target.url_env)
        if not value:
            message = f"target `{name}` takes its URL from `{target.url_env}`, which is not set"
            raise UsageError(message, help=f"set `{target.url_env}` in the environment of this run")
        return value
    return _rooted(target.url or f"{SQLITE}.bylaw/{name}.db", around.root)


def _rooted(url: str, root: Path) -> str:
    """A relative SQLite path counts from the root of the repository, wherever the command runs."""
    path = url.removeprefix(SQLITE)
    return f"{SQLITE}{root / path}" if url.startswith(SQLITE) and path and not path.startswith("/") else url
