"""What becomes of objects with time: made, changed or gone, when they are due. Policies in force go into the store that decides.

INVARIANT: the store is written before the object says so. Killed in between, the same is done again, and changes nothing there.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bylaw.backends.database import Database
from bylaw.backends.local.records import Draft, Origin
from bylaw.backends.local.store import Store
from bylaw.languages.registry import read_deployed
from bylaw.model.effects import Mode
from bylaw.server.agentcore.judging import World, judge, schema_of
from bylaw.server.agentcore.kinds import FACTS, GONE, Held, Kind
from bylaw.server.agentcore.objects import Objects
from bylaw.server.agentcore.options import AgentCoreOptions
from bylaw.server.agentcore.policies import VALIDATION
from bylaw.server.agentcore.refusals import Refusal

_ORIGIN = Origin("agentcore")
_MODES = {"ACTIVE": Mode.ACTIVE, "LOG_ONLY": Mode.LOG_ONLY}


@dataclass(frozen=True)
class Lifecycle:
    """Brings objects to the end of their way."""

    database: Database
    store: Store
    options: AgentCoreOptions
    turn: threading.Lock

    def settle(self, now: datetime) -> None:
        """Do what is due."""
        with self.database.reading() as connection:
            due = Objects(connection).due(now)
        if not due:
            return
        with self.turn:
            self._settle(now)

    def _settle(self, now: datetime) -> None:
        with self.database.reading() as connection:
            objects = Objects(connection)
            outcomes = [(held, self._outcome(objects, held, now)) for held in objects.due(now)]
        self._enforce(outcomes)
        with self.database.writing() as connection:
            objects = Objects(connection)
            for before, after in outcomes:
                if after is not None:
                    _put(objects, after)
                elif objects.find(before.kind, before.id) is not None:
                    objects.remove(before)
                    _drained(objects, before, now)

    def _outcome(self, objects: Objects, held: Held, now: datetime) -> Held | None:
        """The object at the end of its way; none where it is gone."""
        change = held.change
        if change is None or change.status == GONE:
            return None
        reasons = change.reasons or self._judged(objects, held, now)
        status = change.status
        if reasons:
            status = FACTS[held.kind].failed if held.status in {"CREATING", "GENERATING"} else "UPDATE_FAILED"
        return replace(held, status=status, reasons=reasons, change=None, updated_at=max(now, held.updated_at))

    def _judged(self, objects: Objects, held: Held, now: datetime) -> tuple[str, ...]:
        if held.kind is not Kind.POLICY:
            return ()
        engine = objects.find(Kind.ENGINE, held.parent)
        findings = held.content.get(VALIDATION) != "IGNORE_ALL_FINDINGS" and self.options.semantic_findings
        return judge(held.content["definition"], self._world(objects, engine, now), findings=findings)

    def _world(self, objects: Objects, engine: Held | None, now: datetime) -> World:
        gateways = objects.listed(Kind.GATEWAY, "")
        young = now - timedelta(seconds=self.options.gateway_delay_seconds)
        unready = frozenset(
            gateway.id for gateway in gateways if gateway.created_at > young or gateway.status == "CREATING"
        )
        attached = [gateway for gateway in gateways if engine is not None and _is_attached(gateway, engine)]
        targets = [target for gateway in attached for target in objects.listed(Kind.TARGET, gateway.id)]
        return World(schema_of(targets), unready)

    def _enforce(self, outcomes: Sequence[tuple[Held, Held | None]]) -> None:
        """Put what is in force into the store, and take out what is gone."""
        policies = [(before, after) for before, after in outcomes if before.kind is Kind.POLICY]
        changed = [after for _, after in policies if after is not None and after.status == "ACTIVE"]
        gone = [before for before, after in policies if after is None]
        if changed or gone:
            _write(self.store, changed, gone)


def _is_attached(gateway: Held, engine: Held) -> bool:
    configuration = gateway.content.get("policyEngineConfiguration") or {}
    return str(configuration.get("arn", "")).endswith(f":policy-engine/{engine.id}")


def _put(objects: Objects, after: Held) -> None:
    try:
        objects.put(after)
    except Refusal:
        return  # another process settled it


def _drained(objects: Objects, held: Held, now: datetime) -> None:
    """Remember when an engine lost a policy: for a while it cannot be deleted."""
    engine = objects.find(Kind.ENGINE, held.parent) if held.kind is Kind.POLICY else None
    if engine is not None:
        _put(objects, replace(engine, content={**engine.content, "drained": now.isoformat()}))


def _write(store: Store, changed: Iterable[Held], gone: Iterable[Held]) -> None:
    with store.writing(_ORIGIN) as writer:
        for held in changed:
            draft = _draft(held)
            found = writer.find(held.parent, held.id)
            if found is None:
                writer.create_policy(held.parent, draft, f"agentcore {held.id}")
            elif (found.text, found.mode, found.description) != (draft.text, draft.mode, draft.description):
                writer.put_version(found.id, found.revision, draft, f"agentcore {held.id} {held.revision}")
        for held in gone:
            found = writer.find(held.parent, held.id)
            if found is not None:
                writer.delete_policy(found.id, found.revision)


def _draft(held: Held) -> Draft:
    text = next(iter(held.content["definition"].values()))["statement"]
    deployed = read_deployed("cedar", text)
    if deployed is None:
        raise ValueError(held.id)  # judged before: it parses
    return Draft(
        name=held.id,
        language="cedar",
        effect=deployed[0],
        mode=_MODES[held.content["enforcementMode"]],
        text=text,
        description=held.content.get("description", ""),
    )
