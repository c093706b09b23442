"""What decides beside the policies: each engine's schema, and the switches that turn enforcement on and off."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bylaw.backends.interface import LiveEngine, Observed, Switches
from bylaw.compile.bundle import Bundle
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.digests import SHORT, digest_text
from bylaw.model.effects import Mode
from bylaw.model.errors import InvalidInputError
from bylaw.reconcile.changes import Change, ChangeKind, Content, Phase
from bylaw.reconcile.drift import DriftSeverity
from bylaw.reconcile.journal_facts import EngineFacts, JournalFacts

SCHEMA = "schema"


@dataclass(frozen=True, slots=True)
class EngineDrift:
    """A schema or switch that is not as it was when the target was last verified. Nothing but git may change either."""

    engine: str
    what: str
    """`schema`, or the name of the switch."""
    before: str
    now: str
    heal: bool = False
    """Whether this plan undoes it."""
    severity: DriftSeverity = DriftSeverity.CRITICAL

    @property
    def message(self) -> str:
        """One sentence."""
        if self.what == SCHEMA:
            return f"the schema of engine `{self.engine}` was changed on the target"
        return (
            f"`{self.what}` of engine `{self.engine}` was switched from `{self.before}` to `{self.now}` on the target"
        )


def wanted_schemas(bundles: Iterable[Bundle], engines: Mapping[str, str]) -> Mapping[str, str | None]:
    """The schema of each engine, where `engines` maps apps to engines.

    Raises:
        InvalidInputError: two apps share an engine and not the schema.
    """
    schemas: dict[str, str | None] = {}
    for bundle in bundles:
        engine = engines[bundle.app]
        if schemas.setdefault(engine, bundle.schema) != bundle.schema:
            message = f"`{bundle.app}` shares engine `{engine}` with apps of another schema"
            raise InvalidInputError(
                [Diagnostic("schema-conflict", message, None, "give the apps one schema, or engines of their own")]
            )
    return schemas


def schema_changes(
    wanted: Mapping[str, str | None], observed: Observed, journal: JournalFacts, *, heal: bool
) -> Iterator[Change]:
    """What brings the schemas to what is wanted. One that was changed outside of git is left as it is unless `heal`."""
    live = {engine.name: engine for engine in observed.engines}
    for engine, schema in sorted(wanted.items()):
        found = live.get(engine)
        if found is not None and found.schema == schema:
            continue
        drifted = _is_schema_drift(found, schema, journal)
        if drifted and not heal:
            continue
        before = _content(found.schema) if found is not None else None
        yield Change(ChangeKind.PUT_SCHEMA, Phase.SCHEMA, engine, None, None, before, _content(schema), heals=drifted)


def switch_changes(
    wanted: Mapping[str, Switches], observed: Observed, journal: JournalFacts, *, heal: bool
) -> Iterator[Change]:
    """What brings the switches to what the target says. Those that were changed outside of git are left alone unless `heal`."""
    live = {engine.name: engine.switches for engine in observed.engines}
    for engine, switches in sorted(wanted.items()):
        found, known = live.get(engine, ()), journal.engines.get(engine)
        if found == switches:
            continue
        drifted = known is not None and known.switches == switches
        if drifted and not heal:
            continue
        before = switches_content(found) if found else None
        after = switches_content(switches)
        yield Change(ChangeKind.PUT_SWITCHES, Phase.SWITCH, engine, None, None, before, after, heals=drifted)


def switches_content(switches: Switches) -> Content:
    """Switches as one side of a change."""
    text = ", ".join(f"{name}: {value}" for name, value in switches)
    return Content(digest_text(text), None, Mode.ACTIVE, text)


def engine_drift(
    wanted: Mapping[str, str | None],
    switches: Mapping[str, Switches],
    observed: Observed,
    journal: JournalFacts,
    *,
    heal: bool,
) -> Iterator[EngineDrift]:
    """What was changed outside of git since the target was last verified, and is not as git wants it."""
    for engine in sorted(observed.engines, key=lambda item: item.name):
        known = journal.engines.get(engine.name)
        if known is None:
            continue
        if engine.name in wanted and _is_schema_drift(engine, wanted[engine.name], journal):
            yield EngineDrift(engine.name, SCHEMA, _shown(known.schema), _shown(_digest(engine.schema)), heal)
        before, now, right = dict(known.switches), dict(engine.switches), dict(switches.get(engine.name, ()))
        for name in sorted({*before, *now}):
            was, is_ = before.get(name, "absent"), now.get(name, "absent")
            if is_ not in {was, right.get(name)}:
                yield EngineDrift(engine.name, name, was, is_, heal and name in right)


def facts_of(engines: Iterable[LiveEngine]) -> dict[str, EngineFacts]:
    """What the journal remembers of verified engines."""
    return {engine.name: EngineFacts(_digest(engine.schema), engine.switches) for engine in engines}


def _is_schema_drift(found: LiveEngine | None, wanted: str | None, journal: JournalFacts) -> bool:
    """Whether git still wants what was last verified, and something else is there that no unfinished run meant to write."""
    known = journal.engines.get(found.name) if found is not None else None
    if found is None or known is None or found.schema == wanted:
        return False
    live = _digest(found.schema)
    meant = (found.name, (live or "")[:SHORT]) in journal.intended
    return known.schema == _digest(wanted) and not meant


def _digest(schema: str | None) -> str | None:
    return None if schema is None else digest_text(schema)


def _shown(digest: str | None) -> str:
    return digest[:SHORT] if digest else "none"


def _content(schema: str | None) -> Content | None:
    return None if schema is None else Content(digest_text(schema), None, Mode.ACTIVE, schema)
