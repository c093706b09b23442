"""What a write has to know of the server first: whether it keeps modes, and whether what is written would be enforced."""

from typing import Final

from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.policy_api.capabilities import FIRST_PAGE
from bylaw.backends.policy_api.client import PolicyApi
from bylaw.backends.policy_api.records import Enforcement, EngineRecord

_NO_MODES: Final = "this server keeps no enforcement modes: what is meant to be log-only would decide"


class Guard:
    """Remembers what the server last said of its enforcement."""

    def __init__(self, api: PolicyApi) -> None:
        self._api = api
        self._enforcement: Enforcement | None = None

    def look(self) -> Enforcement:
        """Read it."""
        self._enforcement = self._api.enforcement()
        return self._enforcement

    def demand_modes(self) -> None:
        """Check that the server keeps modes. The original one drops members that it does not know, and says nothing.

        Raises:
            BackendTerminalError: it does not.
        """
        if self._known().mode is None:
            raise BackendTerminalError(_NO_MODES, help="set `provider: noop`, or deploy to `bylaw serve`")

    def demand_room(self, engine: EngineRecord, held: int) -> None:
        """Check that one more policy would be enforced: the enforcer of the original server reads the first page only.

        Raises:
            BackendTerminalError: it would not, and a forbid would silently not forbid.
        """
        known = self._known()
        if known.reads_first_page_only and known.engine_id == engine.id and held >= FIRST_PAGE:
            message = (
                f"engine `{engine.name}` holds {held} policies, and the server enforces the first {FIRST_PAGE} only"
            )
            raise BackendTerminalError(message, help="merge policies, or take out what is not needed")

    def _known(self) -> Enforcement:
        return self._enforcement or self.look()
