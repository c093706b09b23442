"""Decisions over HTTP, and which engine decides where a request names none."""

import asyncio
from typing import Final

from bylaw.backends.local.records import Engine
from bylaw.backends.local.store import Store
from bylaw.model.errors import BylawError
from bylaw.server.policy_api.active import ActiveSets
from bylaw.server.policy_api.decisions import answer, read_question
from bylaw.server.policy_api.models import EnforcementAnswer
from bylaw.server.problems import HttpProblemError, clean, missing

ONE: Final = "/api/v1/policy/authorize"
MANY: Final = "/api/v1/policy/authorize/batch"


class Authorizer:
    """Answers what an engine's active policies say."""

    def __init__(self, sets: ActiveSets, store: Store, enforced: str) -> None:
        self._sets = sets
        self._store = store
        self._enforced = enforced

    async def answer(self, body: bytes, *, batch: bool) -> bytes:
        """Decide what a body asks.

        Raises:
            HttpProblemError: the body is not valid, or there is no such engine.
            BylawError: there is no set that could be trusted.
        """
        asked = read_question(body, batch=batch)
        engine = asked.engine if asked.engine is not None else await self._enforced_engine()
        compiled = await self._sets.current(engine) if engine is not None else None
        if compiled is None:
            raise missing("Policy engine")
        return answer(asked, compiled)

    async def enforcement(self) -> EnforcementAnswer:
        """Say which engine decides where a request names none, and what of it is loaded."""
        engine = await self._enforced_engine()
        try:
            loaded = await self._sets.loaded(engine) if engine is not None else None
        except BylawError as error:
            return _enforcement(engine, errors=[clean(error.message)])
        if loaded is None:
            return _enforcement(engine)
        compiled = loaded.compiled
        return EnforcementAnswer(
            active=True,
            engine_id=engine,
            mode="enforce",
            policies_loaded=len(compiled.active.ids),
            policies_total=compiled.total,
            fingerprint=compiled.fingerprint,
            loaded_at=loaded.at,
            stale=loaded.error is not None,
            errors=[] if loaded.error is None else [clean(loaded.error.message)],
        )

    async def _enforced_engine(self) -> str | None:
        return await asyncio.to_thread(self._find_enforced)

    def _find_enforced(self) -> str | None:
        with self._store.reading() as reader:
            by_id = reader.engine(self._enforced)
            found = [by_id] if by_id is not None else [e for e in reader.engines() if _is_called(e, self._enforced)]
        return found[0].name if found else None


def no_decisions() -> HttpProblemError:
    """Say that this provider decides nothing here."""
    return HttpProblemError(501, "Decisions are not supported by this provider")


def _is_called(engine: Engine, name: str) -> bool:
    return engine.title == name


def _enforcement(engine: str | None, errors: list[str] | None = None) -> EnforcementAnswer:
    return EnforcementAnswer(
        active=False,
        engine_id=engine,
        mode="enforce" if engine is not None else "off",
        policies_loaded=0,
        policies_total=0,
        fingerprint=None,
        loaded_at=None,
        stale=bool(errors),
        errors=errors or [],
    )
