"""A target with everything around it, in memory: what commits want, what the console does, what the reconciler makes of both.

world = World()
world.commit(allow=PERMIT_ADA, deny=FORBID_EVE)      # policies of app `desk`
world.apply()
assert world.texts() == {"desk/allow": PERMIT_ADA, "desk/deny": FORBID_EVE}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count

from bylaw.backends.interface import Backend, DesiredObject, LiveObject, Switches
from bylaw.backends.state.interface import Record, RecordKind, StateStore
from bylaw.compile.bundle import Bundle, BundledPolicy
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import ConflictError
from bylaw.model.identifiers import AppId, CommitId, PolicyId, PolicyRef, TargetId
from bylaw.model.marks import Mark
from bylaw.model.spans import whole_file
from bylaw.reconcile.apply import ApplyReport, Executor, Prepared, Unit, apply, prepare
from bylaw.reconcile.plan import Plan, PlanInput
from bylaw.reconcile.retry import Patience
from bylaw.repository.documents.settings import Limits, Target, Waiver
from tools.fakes.clock import EPOCH, FixedClock
from tools.fakes.memory_backend import MemoryBackend, Write
from tools.fakes.memory_state import MemoryState

OWNER = "acme/policies"
APP = AppId("desk")
ENGINE = "desk"
PROD = TargetId("prod")
TODAY = EPOCH.date()
FREE = Limits(max_deletes=1000, max_updates=1000, max_change_ratio=1, never_empty=False, forbid_removals=1000)
"""Limits that nothing exceeds, for tests of something else."""


def permit(who: str = "ada") -> str:
    """A grant, another one for each name."""
    return f'permit (principal == User::"{who}", action, resource);'


def forbid(who: str = "eve") -> str:
    """A restriction, another one for each name."""
    return f'forbid (principal == User::"{who}", action, resource);'


class SideBySide(MemoryBackend):
    """A store without transactions in which an object that was edited in place does not keep the name of what it held before, so
    that what it held can be put beside it again."""

    def _free_name(self, engine: str, desired: DesiredObject, *, besides: str | None) -> str:
        name = self.name_of(desired.ref, desired.digest)
        held = {live.id for live in self.observe().objects if live.engine == engine and live.digest == desired.digest}
        taken = {stored.name: stored.id for stored in self._world.objects.values() if stored.engine == engine}
        if name in taken and taken[name] not in held:
            name = f"{name}-{len(taken)}"
        if name in taken and taken[name] != besides:
            raise ConflictError(f"name `{name}` is held by object `{taken[name]}`")
        return name


@dataclass(frozen=True)
class Staged:
    """A policy that is not in force."""

    text: str


Wanted = str | Staged


def ref(name: str, app: AppId = APP) -> PolicyRef:
    return PolicyRef(app, PolicyId(name))


def bundled(name: str, wanted: Wanted, app: AppId = APP) -> BundledPolicy:
    text = wanted if isinstance(wanted, str) else wanted.text
    return BundledPolicy(
        ref=ref(name, app),
        effect=Effect.PERMIT if text.startswith("permit") else Effect.FORBID,
        mode=Mode.ACTIVE if isinstance(wanted, str) else Mode.LOG_ONLY,
        text=text,
        digest=digest_text(text),
        description="",
        source=whole_file(f"policies/{app}/{name}.cedar"),
    )


class Timeline(FixedClock):
    """A clock on which sleeping passes time at once."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def store(*, transactional: bool) -> MemoryBackend:
    """A store of either kind."""
    return MemoryBackend(transactional=True) if transactional else SideBySide()


@dataclass
class World:
    """One target."""

    store: MemoryBackend = field(default_factory=SideBySide)
    settings: Target = field(default_factory=lambda: Target(backend="memory", limits=FREE))
    target: TargetId = PROD
    clock: Timeline = field(default_factory=Timeline)
    waivers: list[Waiver] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.backend: Backend = self.store
        self.memory = MemoryState()
        self.state: StateStore = self.memory
        self.bundles: tuple[Bundle, ...] = ()
        self.head = CommitId("0" * 40)
        self.stop = False
        self.newer = False
        self.flips: int | None = None
        """Decision flips that are counted of every policy in `log_only`."""
        self.switches: Switches | None = None
        """How the switches of the engine shall be."""
        self._commits = count(1)
        self._nonces = count(1)

    # What git does.

    def commit(
        self,
        policies: Mapping[str, Wanted] | None = None,
        *,
        schema: str | None = None,
        protected: Sequence[str] = (),
        **more: Wanted,
    ) -> CommitId:
        """Want these policies of app `desk`, and nothing else."""
        wanted = {**(policies or {}), **more}
        built = tuple(sorted((bundled(name, text) for name, text in wanted.items()), key=lambda policy: policy.ref))
        self.want(Bundle(APP, self.target, "cedar", schema, built, tuple(protected)))
        return self.head

    def want(self, *bundles: Bundle) -> None:
        self.bundles = bundles
        self.head = CommitId(f"{next(self._commits):040x}")

    def limit(self, **limits: object) -> None:
        """Set limits; those not named are the usual ones."""
        self.configure(limits=Limits.model_validate(limits))

    def configure(self, **settings: object) -> None:
        self.settings = self.settings.model_copy(update=settings)

    def waive(self, limit: str, **other: object) -> Waiver:
        values = {
            "limit": limit,
            "target": str(self.target),
            "reason": "reviewed and right",
            "by": "ada",
            "until": TODAY + timedelta(days=1),
        }
        waiver = Waiver.model_validate({**values, **other})
        self.waivers.append(waiver)
        return waiver

    # What the reconciler does.

    def given(self, *, heal: bool | None = None) -> PlanInput:
        return PlanInput(
            target=self.target,
            owner=OWNER,
            commit=self.head,
            bundles=self.bundles,
            settings=self.settings,
            capabilities=self.backend.capabilities,
            engine_of=self.backend.engine_of,
            tool_version="1",
            now=self.clock(),
            heal=heal,
            count_flips=lambda *_: self.flips,
            wanted_switches=lambda engine: self.switches if engine == ENGINE else None,
        )

    def executor(self) -> Executor:
        return Executor(
            backend=self.backend,
            state=self.state,
            actor="ada",
            nonce=lambda: f"n{next(self._nonces)}",
            clock=self.clock,
            patience=Patience(self.clock.sleep, lambda: 0.5),
            stop=lambda: self.stop,
            superseded=lambda: self.newer,
        )

    def prepare(self, *, heal: bool | None = None) -> Prepared:
        return prepare(self.given(heal=heal), self.waivers, self.executor())

    def plan(self, *, heal: bool | None = None) -> Plan:
        return self.prepare(heal=heal).plan

    def apply(self, approved: Plan | None = None, *, heal: bool | None = None) -> ApplyReport:
        components = approved.components if approved else None
        return apply(self.given(heal=heal), self.waivers, self.executor(), components)

    def unit(self) -> Unit:
        return Unit(self.given(), self.waivers, self.executor())

    def settled(self) -> "World":
        """Apply and demand success; the writes so far are forgotten."""
        report = self.apply()
        assert report.problems == ()
        self.store.log.clear()
        return self

    # What others do.

    def forge(self, name: str, text: str, **other: object) -> LiveObject:
        """Put an object in that bears our mark."""
        mark = Mark.of(OWNER, self.target, ref(name), digest_text(text))
        return self.store.seed(ENGINE, text, description=str(mark), **other)  # type: ignore[arg-type]

    def edit(self, name: str, text: str) -> None:
        """Change the text of a policy of ours on the target."""
        self.store.edit_outside(self.object_of(name).id, text=text)

    def switch(self, name: str, mode: Mode) -> None:
        self.store.edit_outside(self.object_of(name).id, mode=mode)

    def remove(self, name: str) -> None:
        self.store.remove_outside(self.object_of(name).id)

    # What there is to see.

    def ours(self) -> list[LiveObject]:
        marked = (live for live in self.store.observe().objects if live.mark is not None and live.digest is not None)
        return [live for live in marked if live.mark and (live.mark.owner, live.mark.target) == (OWNER, self.target)]

    def object_of(self, name: str) -> LiveObject:
        (found,) = (live for live in self.ours() if live.mark and live.mark.ref == ref(name))
        return found

    def texts(self) -> dict[str, str]:
        return {str(live.mark.ref): live.text for live in self.ours() if live.mark}

    def foreign(self) -> list[LiveObject]:
        ours = {live.id for live in self.ours()}
        return [live for live in self.store.observe().objects if live.id not in ours]

    def log(self) -> list[Write]:
        return list(self.store.log)

    def records(self, kind: RecordKind | None = None) -> list[Record]:
        return [record for record in self.memory.records(self.target) if kind in (None, record.kind)]


def second_target(first: World, name: str) -> World:
    """Another target with a store of its own, on the same clock and memory."""
    world = World(target=TargetId(name), clock=first.clock)
    world.memory = first.memory
    world.state = first.state
    return world


def waiver_from(text: str) -> dict[str, object]:
    """A waiver as a person would fill in what a refusal suggests."""
    import yaml  # noqa: PLC0415

    (found,) = yaml.safe_load(
        text.replace("<why this is right>", "reviewed and right")
        .replace("<who answers for it>", "ada")
        .replace("<last day, YYYY-MM-DD>", str(TODAY))
    )
    return {**found, "until": date.fromisoformat(str(found["until"])), "policies": tuple(found.get("policies", ()))}


def staged(text: str) -> Staged:
    return Staged(text)


__all__ = ["Bundle", "World", "replace"]
