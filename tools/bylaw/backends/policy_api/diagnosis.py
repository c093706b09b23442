"""What `bylaw doctor` asks of a server of the Policy API. Nothing is written."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from bylaw.backends.connection import Connection
from bylaw.backends.diagnosis import Health, Probe
from bylaw.backends.policy_api.capabilities import FIRST_PAGE
from bylaw.backends.policy_api.client import BASE, PolicyApi, policy_path
from bylaw.backends.policy_api.engines import Engines
from bylaw.backends.policy_api.failures import MissingError, RefusedError
from bylaw.backends.policy_api.records import Enforcement, EngineRecord
from bylaw.backends.statuses import readable
from bylaw.model.errors import BylawError
from bylaw.repository.documents.policy_api import PolicyApiTarget

NEARLY: Final = 90
"""Policies from which a person should know that the hundred are near."""
MAX_SKEW: Final = 60.0
"""Seconds."""


class Examiner:
    """Looks at one target."""

    def __init__(self, api: PolicyApi, engines: Engines, connection: Connection, options: PolicyApiTarget) -> None:
        self._api = api
        self._engines = engines
        self._connection = connection
        self._options = options

    def diagnose(self) -> Iterator[Probe]:
        """Look, one thing after the other; what fails is a probe, and what depends on it is left out."""
        yield from self._version()
        try:
            enforced = self._api.enforcement()
        except BylawError as error:
            yield Probe("credentials", Health.BAD, error.message, error.help)
            return
        yield from self._credentials()
        yield self._rights()
        try:
            engines = self._engines.listed()
            held = {engine.name: len(self._api.policies(engine.id)) for engine in engines}
        except BylawError as error:
            yield Probe("engines", Health.BAD, error.message, error.help)
            return
        yield self._enforcement(enforced, engines)
        yield from _quotas(enforced, engines, Counter(held))

    def _version(self) -> Iterator[Probe]:
        try:
            received = self._api.transport.read_once("read the description", "/openapi.json")
        except BylawError as error:
            yield Probe("version", Health.DOUBTFUL, f"the server does not describe itself: {error.message}")
            return
        info, paths = _described(received.body)
        if any(path.startswith(BASE) for path in paths):
            yield Probe("version", Health.GOOD, info)
        else:
            message = f"{info} describes no Policy API"
            yield Probe("version", Health.DOUBTFUL, message, "check `base_url`, without `/api/v1/policy`")
        if received.date is not None:
            skew = abs((received.date - self._connection.clock()).total_seconds())
            health = Health.DOUBTFUL if skew > MAX_SKEW else Health.GOOD
            help_ = "set the clocks: expiring keys and waivers count on them" if skew > MAX_SKEW else None
            yield Probe("clock", health, f"{skew:.0f} seconds beside the server's", help_)

    def _credentials(self) -> Iterator[Probe]:
        """Whoever needs none is an administrator there."""
        variable = self._options.token_env or self._options.api_key_env
        if variable is not None:
            yield Probe("credentials", Health.GOOD, f"`{variable}` is accepted")
        try:
            self._api.transport.read_once("read enforcement", f"{BASE}/enforcement", anonymous=True)
        except BylawError:
            if variable is None:
                yield Probe("credentials", Health.GOOD, "accepted")
            return
        local = urlsplit(self._options.base_url).scheme == "http"
        help_ = "turn authentication on in the server"
        message = "the server answers to everybody, so everybody may change its policies"
        yield Probe("authentication", Health.DOUBTFUL if local else Health.BAD, message, help_)

    def _rights(self) -> Probe:
        """Delete what cannot exist: only who may delete gets as far as finding that out."""
        path = policy_path(self._connection.ids(), self._connection.ids())
        try:
            self._api.transport.write("delete nothing", "DELETE", path)
        except (MissingError, RefusedError):
            pass
        except BylawError as error:
            help_ = error.help or "try again; if it stays so, look at the server and at what lies between"
            return Probe("rights", Health.BAD, f"policies cannot be changed: {error.message}", help_)
        return Probe("rights", Health.GOOD, "policies may be changed")

    def _enforcement(self, enforced: Enforcement, engines: tuple[EngineRecord, ...]) -> Probe:
        if enforced.engine_id is None and enforced.mode is not None:
            return Probe("enforcement", Health.GOOD, "the server decides by the engine that a request names")
        if enforced.engine_id is None:
            return Probe(
                "enforcement", Health.DOUBTFUL, "the server enforces nothing", "configure its enforcer with an engine"
            )
        for engine in engines:
            if engine.id == enforced.engine_id:
                return Probe("enforcement", Health.GOOD, f"engine `{engine.name}` is enforced")
        try:
            other = self._api.engine(enforced.engine_id)
        except MissingError:
            message = "the server enforces an engine that does not exist, so it denies everything"
            return Probe("enforcement", Health.BAD, message, "restart it, or configure its enforcer with an engine")
        except BylawError as error:
            return Probe("enforcement", Health.DOUBTFUL, error.message, error.help)
        message = f"the server enforces engine `{readable(other.name, 128)}`, which is none of this target's"
        return Probe("enforcement", Health.DOUBTFUL, message, "name it with `engine`, or configure another one there")


def _quotas(enforced: Enforcement, engines: tuple[EngineRecord, ...], held: Counter[str]) -> Iterator[Probe]:
    """The enforcer of the original server reads the first page of its engine. Ours reads all, and says its mode."""
    if enforced.mode is not None:
        return
    for engine in engines:
        count = held[engine.name]
        message = (
            f"engine `{engine.name}` holds {count} policies; an enforcer of this server reads the first {FIRST_PAGE}"
        )
        help_ = "merge policies, or spread them: forbids beyond the first hundred do not forbid"
        if count > FIRST_PAGE:
            yield Probe(
                "enforced quota", Health.BAD if engine.id == enforced.engine_id else Health.DOUBTFUL, message, help_
            )
        elif count >= NEARLY:
            yield Probe("enforced quota", Health.DOUBTFUL, message, help_)


def _described(body: Any) -> tuple[str, tuple[str, ...]]:  # noqa: ANN401 - not looked at yet
    """Title and version of a description, and its paths."""
    members = body if isinstance(body, dict) else {}
    info = members.get("info")
    words = [info.get("title"), info.get("version")] if isinstance(info, dict) else []
    title = readable(" ".join(word for word in words if isinstance(word, str)), 100) or "the server"
    paths = members.get("paths")
    return title, tuple(str(path) for path in paths) if isinstance(paths, dict) else ()
