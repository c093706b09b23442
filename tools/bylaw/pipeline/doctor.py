"""`bylaw doctor`: whether a target can be reached, read and written as planned, without writing to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bylaw.backends.diagnosis import Diagnosable, Health, Probe
from bylaw.backends.interface import Observed, Status
from bylaw.backends.state.interface import RecordKind, StateStore
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import BylawError
from bylaw.model.identifiers import TargetId
from bylaw.pipeline.targets import OpenTarget, Surroundings, open_target
from bylaw.reconcile.inventory import take_inventory
from bylaw.reconcile.safety import suspension
from bylaw.repository.documents.settings import Settings, Target

NEARLY_FULL = 0.8
"""The share of a quota from which a person should know of it."""
SLOW_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found of one target."""

    target: TargetId
    probes: tuple[Probe, ...]

    @property
    def health(self) -> Health:
        """The worst of all probes."""
        order = list(Health)
        return max((probe.health for probe in self.probes), key=order.index, default=Health.GOOD)


def examine(settings: Settings, name: TargetId, around: Surroundings) -> Examination:
    """Look at one target. Whatever fails is a probe; what depends on it is left out."""
    return Examination(name, tuple(_probes(settings, name, around)))


def _probes(settings: Settings, name: TargetId, around: Surroundings) -> Iterator[Probe]:
    yield from _suspension(settings.targets[name], around.clock())
    try:
        with open_target(settings, name, around) as opened:
            yield Probe("settings", Health.GOOD, f"a `{opened.settings.backend}` target")
            yield from _state(opened.state, name, around.clock())
            yield from _content(settings, opened, around)
            if isinstance(opened.backend, Diagnosable):
                yield from opened.backend.diagnose()
    except BylawError as error:
        yield Probe("settings", Health.BAD, error.message, error.help)


def _suspension(target: Target, now: datetime) -> Iterator[Probe]:
    suspended = suspension(target, now)
    if suspended is not None:
        message = (
            f"writes are suspended until {suspended.until:%Y-%m-%d %H:%M %Z} by {suspended.by}: {suspended.reason}"
        )
        yield Probe("suspension", Health.DOUBTFUL, message, "`bylaw resume` ends it")


def _content(settings: Settings, opened: OpenTarget, around: Surroundings) -> Iterator[Probe]:
    started = around.clock()
    try:
        observed = opened.backend.observe()
    except BylawError as error:
        yield Probe("reachability", Health.BAD, error.message, error.help)
        return
    seconds = (around.clock() - started).total_seconds()
    health = Health.DOUBTFUL if seconds > SLOW_SECONDS else Health.GOOD
    yield Probe("reachability", health, f"read in {seconds:.1f} seconds")
    inventory = take_inventory(observed, settings.owner, opened.id)
    message = f"{inventory.size} policies of ours, {len(inventory.foreign)} foreign objects"
    yield Probe("inventory", Health.GOOD, message)
    yield from _unhealthy(observed)
    yield from _quotas(observed, opened.backend.capabilities.max_policies)
    yield from _decisions(observed)


def _unhealthy(observed: Observed) -> Iterator[Probe]:
    for live in observed.objects:
        if live.status is not Status.ACTIVE:
            name = str(live.mark.ref) if live.mark else live.id
            message = f"`{name}` is {live.status}: {live.detail or 'no reason given'}"
            yield Probe("status", Health.DOUBTFUL, message, "`bylaw reconcile` clears away what failed")


def _quotas(observed: Observed, most: int | None) -> Iterator[Probe]:
    if most is None:
        return
    for engine in observed.engines:
        held = sum(live.engine == engine.name for live in observed.objects)
        message = f"engine `{engine.name}` holds {held:,} of {most:,} policies"
        if held >= most * NEARLY_FULL:
            yield Probe(
                "quota", Health.BAD if held >= most else Health.DOUBTFUL, message, "split the app, or ask for more"
            )
        else:
            yield Probe("quota", Health.GOOD, message)


def _decisions(observed: Observed) -> Iterator[Probe]:
    """What makes an engine deny everything, or decide nothing."""
    for engine in observed.engines:
        permits = [
            live
            for live in observed.objects
            if live.engine == engine.name and live.effect is Effect.PERMIT and live.mode is Mode.ACTIVE
        ]
        if not permits:
            message = f"engine `{engine.name}` has no permit in force: where it is enforced, everything is denied"
            yield Probe("decisions", Health.DOUBTFUL, message)
        for name, value in engine.switches:
            idle = value.upper() in {"LOG_ONLY", "OFF", "NONE"}
            message = f"engine `{engine.name}`: {name} is {value}" + (": it decides nothing" if idle else "")
            yield Probe("switch", Health.DOUBTFUL if idle else Health.GOOD, message)


def _state(state: StateStore, target: TargetId, now: datetime) -> Iterator[Probe]:
    try:
        lease, applied, records = state.current_lease(target), state.applied(target), state.records(target)
    except BylawError as error:
        yield Probe("memory", Health.BAD, error.message, error.help)
        return
    if lease is not None:
        over = "was held" if lease.expires <= now else "is held"
        message = f"the lease {over} by {lease.holder} until {lease.expires:%Y-%m-%d %H:%M:%S} UTC"
        yield Probe("lease", Health.DOUBTFUL, message, f"it ends by itself; `bylaw unlock {target}` breaks it")
    if records and records[-1].kind is not RecordKind.END:
        yield Probe("journal", Health.DOUBTFUL, "the last run did not end", "`bylaw reconcile` goes on from there")
    if applied is None:
        yield Probe("memory", Health.GOOD, "never applied to")
    else:
        yield Probe("memory", Health.GOOD, f"holds {applied.commit[:12]}, verified {applied.at:%Y-%m-%d %H:%M} UTC")
