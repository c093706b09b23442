"""`plan`, `apply`, `reconcile` and `drift`: a commit against a target."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from bylaw import __version__
from bylaw.backends.interface import Switched
from bylaw.compile.bundle import Bundle
from bylaw.languages.exceptions import PolicyException
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.errors import InvalidInputError, UsageError, VerificationError
from bylaw.model.identifiers import CommitId, PolicyRef, TargetId
from bylaw.pipeline.background import in_background
from bylaw.pipeline.bundles import compile_workspace, left_out
from bylaw.pipeline.exceptions import told, without_expired
from bylaw.pipeline.rollout import flip_counter
from bylaw.pipeline.targets import OpenTarget, Surroundings
from bylaw.pipeline.workspace import Workspace, open_workspace, validate
from bylaw.reconcile.apply import Prepared, TargetResult, Unit, apply_all, prepare
from bylaw.reconcile.plan import PlanInput
from bylaw.reconcile.plan_file import SavedPlan
from bylaw.repository.documents.settings import Settings
from bylaw.repository.git import GitRepository
from bylaw.repository.layout import load_settings


@dataclass(frozen=True)
class Revision:
    """A commit that compiles: what may be planned from it."""

    commit: CommitId
    settings: Settings
    workspace: Workspace
    bundles: tuple[Bundle, ...]
    expired: tuple[PolicyException, ...] = ()
    """Exceptions of the commit that are over, and so take no part."""

    def for_target(self, target: TargetId) -> tuple[Bundle, ...]:
        """The bundles of one target."""
        return tuple(bundle for bundle in self.bundles if bundle.target == target)

    def caveats(self, targets: Collection[TargetId]) -> Iterator[Diagnostic]:
        """What whoever deploys to `targets` should know: exceptions that are over, and what is not enforced there."""
        yield from told(self.expired)
        for bundle in self.bundles:
            if bundle.target in targets:
                yield from left_out(self.workspace, bundle)


@dataclass(frozen=True)
class Reading:
    """A commit that is compiled, and may still be validated on another core."""

    commit: CommitId
    settings: Settings
    _demand: Callable[[], Revision]

    def demand(self) -> Revision:
        """Wait for the validator.

        Raises:
            InvalidInputError: something in the commit does not read, validate or compile; then nothing can be planned.
        """
        return self._demand()


def read_revision(git: GitRepository, revision: str, now: datetime, guard: str | None = None) -> Revision:
    """Read, compile and validate the commit that `revision` names, without the exceptions that are over by `now`.

    Settings, and so limits and waivers, come from the commit `guard` names, where one is given: a change must not loosen what
    guards it.

    Raises:
        InvalidInputError: something in it does not read, validate or compile; then nothing can be planned.
    """
    return begin_reading(git, revision, now, guard).demand()


def begin_reading(git: GitRepository, revision: str, now: datetime, guard: str | None = None) -> Reading:
    """As `read_revision`; what the caller does before it demands the revision costs no time."""
    commit = git.resolve(revision)
    workspace, expired = without_expired(open_workspace(git.tree(commit)).demand(), now)
    problems = Diagnostics(workspace.diagnostics)
    refused = in_background(lambda: tuple(validate(workspace)))
    bundles, found = compile_workspace(workspace)
    settings = workspace.settings if guard is None else _guarding_settings(git, guard)

    @cache
    def demand() -> Revision:
        problems.extend((*found, *refused()))
        if problems.has_errors:
            raise InvalidInputError(problems)
        return Revision(commit, settings, workspace, bundles, expired)

    return Reading(commit, settings, demand)


def _guarding_settings(git: GitRepository, guard: str) -> Settings:
    problems = Diagnostics()
    settings, _ = load_settings(git.tree(git.resolve(guard)), problems)
    if problems.has_errors:
        raise InvalidInputError(problems)
    return settings


def plan_target(revision: Revision, target: OpenTarget, around: Surroundings, *, heal: bool | None = None) -> Prepared:
    """Plan one target; writes nothing."""
    return prepare(_input(revision, target, around, heal=heal), revision.settings.waivers, target.executor(around))


def apply_targets(
    git: GitRepository,
    revision: Revision,
    targets: Sequence[OpenTarget],
    around: Surroundings,
    *,
    approved: Mapping[str, SavedPlan] | None = None,
    heal: bool | None = None,
) -> tuple[TargetResult, ...]:
    """Apply a commit to targets; with `approved`, only if planning again gives those very plans. Every target is found safe before
    the first write to any.

    Raises:
        ConflictError, UnsafePlanError: a target was refused, nothing was written to any.
        VerificationError: the commit does not follow what is applied.
    """
    units = []
    for target in targets:
        demand_forward(git, revision, target)
        saved = approved[target.id] if approved else None
        if saved is not None:
            saved.demand_fresh(around.clock(), timedelta(hours=target.settings.plan_expires_hours))
        given = _input(revision, target, around, heal=heal)
        executor, waivers = target.executor(around), revision.settings.waivers
        foreseen = prepare(given, waivers, executor).plan
        written = {change.ref for change in foreseen.changes if change.ref is not None}
        units.append(Unit(_attributed(git, given, written), waivers, executor, saved.components if saved else None))
    return apply_all(units)


def demand_forward(git: GitRepository, revision: Revision, target: OpenTarget) -> None:
    """Refuse to go backwards: what is applied must be an ancestor of what is to be applied.

    Raises:
        VerificationError: it is not, or history is too shallow to tell.
    """
    applied = target.state.applied(target.id)
    if applied is None or applied.commit == revision.commit:
        return
    if not git.is_ancestor(CommitId(applied.commit), revision.commit):
        message = f"`{target.id}` holds {applied.commit[:12]}, which is no ancestor of {revision.commit[:12]}"
        help_ = "to go back, commit it with `bylaw rollback`; in CI, check out with `fetch-depth: 0`"
        raise VerificationError(message, help=help_)


def _input(revision: Revision, target: OpenTarget, around: Surroundings, *, heal: bool | None) -> PlanInput:
    settings = revision.settings.targets.get(target.id)
    if settings is None:
        raise UsageError(
            f"no target `{target.id}` at {revision.commit[:12]}", help="plan another target, or another commit"
        )
    return PlanInput(
        target=target.id,
        owner=revision.settings.owner,
        commit=revision.commit,
        bundles=revision.for_target(target.id),
        settings=settings,
        capabilities=target.backend.capabilities,
        engine_of=target.backend.engine_of,
        tool_version=__version__,
        now=around.clock(),
        heal=heal,
        count_flips=flip_counter(settings, target.backend, around.root),
        wanted_switches=target.backend.wanted_switches if isinstance(target.backend, Switched) else lambda _: None,
    )


def _attributed(git: GitRepository, given: PlanInput, written: Collection[PolicyRef]) -> PlanInput:
    """The input with commit and author of the policies that will be written. Only for those, since it means walking history; it
    takes no part in the hash."""
    paths = {policy.source.path for bundle in given.bundles for policy in bundle.policies if policy.ref in written}
    commits = git.last_changes(given.commit, paths)
    bundles = tuple(
        replace(
            bundle, policies=tuple(replace(p, commit=commits.get(p.source.path, p.commit)) for p in bundle.policies)
        )
        for bundle in given.bundles
    )
    return replace(given, bundles=bundles, authors={commit: git.author_of(commit) for commit in set(commits.values())})
