"""`bylaw import`: policies that stand on a target without our mark become files, and after review ours.

Two steps, with a review between them: writing files, and adopting. An object is adopted only if the commit holds a policy with the
same canonical content; then the object gets our mark, and nothing else of it changes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bylaw.backends.interface import DesiredObject, LiveObject
from bylaw.languages.cedar.ast import Entity, Slot
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.formatter import format_statement
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.rewrite import Replace, rewrite_statement
from bylaw.languages.registry import LANGUAGES
from bylaw.model.effects import Mode
from bylaw.model.errors import UnsafePlanError
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from bylaw.model.marks import Mark
from bylaw.pipeline.deploy import Revision
from bylaw.pipeline.targets import OpenTarget, Surroundings
from bylaw.pipeline.workspace import Workspace
from bylaw.reconcile.desired import desired_objects
from bylaw.reconcile.inventory import take_inventory
from bylaw.reconcile.safety import suspension
from bylaw.repository.layout import App
from bylaw.repository.places import POLICIES
from bylaw.testing.yaml_writer import write_yaml

FOLDER = "imported"
CEDAR = "cedar"


@dataclass(frozen=True, slots=True)
class Imported:
    """One foreign object and the file it becomes."""

    object_id: str
    engine: str
    ref: PolicyRef
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class NotImported:
    """One foreign object that cannot become a file, and why."""

    object_id: str
    engine: str
    reason: str


def plan_import(workspace: Workspace, target: OpenTarget) -> tuple[tuple[Imported, ...], tuple[NotImported, ...]]:
    """A file for each foreign object of the target's engines that apps of this repository live in. Writes nothing."""
    observed = target.backend.observe()
    foreign = take_inventory(observed, workspace.settings.owner, target.id).foreign
    apps = {target.backend.engine_of(app.id): app for app in workspace.apps if target.id in app.document.targets}
    taken = {str(policy.ref) for program in workspace.programs.values() for policy in program.policies}
    imported: list[Imported] = []
    left: list[NotImported] = []
    for live in foreign:
        app = apps.get(live.engine)
        if live.mark is not None:
            left.append(NotImported(live.id, live.engine, f"it belongs to `{live.mark.owner}`"))
        elif app is None:
            left.append(
                NotImported(live.id, live.engine, f"no app of this repository is deployed to engine `{live.engine}`")
            )
        else:
            found = _file(live, app, target, taken)
            if isinstance(found, Imported):
                imported.append(found)
            else:
                left.append(found)
    return tuple(imported), tuple(left)


def _file(live: LiveObject, app: App, target: OpenTarget, taken: set[str]) -> Imported | NotImported:
    if app.document.language != live.language:
        return NotImported(live.id, live.engine, f"it is {live.language}, and the app `{app.id}` is not")
    return _statement(live, app, target, taken) if live.language == CEDAR else _document(live, app, taken)


def _document(live: LiveObject, app: App, taken: set[str]) -> Imported | NotImported:
    """A policy of a language whose canonical form is JSON, in YAML."""
    language = LANGUAGES[live.language]
    ref = _free_ref(app.id, live.id, taken)
    if language.read(ref, live.id, live.text) is None:
        return NotImported(live.id, live.engine, f"it is no policy of {live.language}")
    taken.add(str(ref))
    text = write_yaml(json.loads(live.text))
    return Imported(live.id, live.engine, ref, f"{POLICIES}/{ref.app}/{ref.policy}{language.suffix}", text)


def _statement(live: LiveObject, app: App, target: OpenTarget, taken: set[str]) -> Imported | NotImported:
    parsed = parse_statement(live.text, live.id)
    if parsed.statement is None:
        return NotImported(live.id, live.engine, f"it cannot be read: {parsed.diagnostics[0].message}")
    names = app.document.targets[target.id].names
    statement = rewrite_statement(parsed.statement, _to_logical(names))
    ref = _free_ref(app.id, live.id, taken)
    taken.add(str(ref))
    text = format_statement(canonical_text(statement))
    if live.mode is Mode.LOG_ONLY:
        text = format_statement(f'@enforcement("log_only")\n{text}')
    return Imported(live.id, live.engine, ref, f"{POLICIES}/{ref.app}/{ref.policy}.cedar", text)


def _to_logical(names: Mapping[str, Mapping[str, str]]) -> Replace:
    """Physical ids back to the names that policies use."""
    logical = {(type_, physical): name for type_, ids in names.items() for name, physical in ids.items()}

    def replace(leaf: Entity | Slot) -> Entity | Slot:
        if isinstance(leaf, Slot):
            return leaf
        return leaf._replace(id=logical.get((leaf.type, leaf.id), leaf.id))

    return replace


def _free_ref(app: AppId, object_id: str, taken: set[str]) -> PolicyRef:
    slug = re.sub(r"[^a-z0-9]+", "-", object_id.lower()).strip("-")[:60].strip("-") or "policy"
    candidates = (slug if number == 1 else f"{slug}-{number}" for number in range(1, 10_000))
    name = next(name for name in candidates if f"{app}/{FOLDER}/{name}" not in taken)
    return PolicyRef(app, PolicyId(f"{FOLDER}/{name}"))


def adopt(revision: Revision, target: OpenTarget, around: Surroundings) -> Iterator[tuple[LiveObject, PolicyRef]]:
    """Put our mark on each foreign object whose content a policy of the commit has. Each pair is one object that became ours.

    Raises:
        UnsafePlanError: the target is suspended.
        ConflictError: another run holds the target.
    """
    suspended = suspension(target.settings, around.clock())
    if suspended is not None:
        message = f"`{target.id}` is suspended until {suspended.until:%Y-%m-%d %H:%M %Z}: {suspended.reason}"
        raise UnsafePlanError(message, help=f"`bylaw resume {target.id}` ends the suspension")
    ttl = timedelta(seconds=target.settings.lease_seconds)
    lease = target.state.acquire(target.id, around.actor, around.nonce(), around.clock(), ttl)
    try:
        yield from _adopted(revision, target)
    finally:
        target.state.release(lease)


def _adopted(revision: Revision, target: OpenTarget) -> Iterator[tuple[LiveObject, PolicyRef]]:
    owner = revision.settings.owner
    observed = target.backend.observe()
    inventory = take_inventory(observed, owner, target.id)
    wanted = {
        (target.backend.engine_of(item.ref.app), item.digest, item.mode): item
        for item in desired_objects(revision.for_target(target.id), owner, target.id, {})
        if item.ref not in inventory.ours
    }
    for live in inventory.foreign:
        item = wanted.pop((live.engine, live.digest or "", live.mode), None) if live.mark is None else None  # type: ignore[arg-type]
        if item is not None:
            target.backend.update(live, _marked(live, item), f"adopt {item.mark} {live.id}")
            yield live, item.ref


def _marked(live: LiveObject, item: DesiredObject) -> DesiredObject:
    """The object as it is, with our mark: its own text stays, since only the mark may change."""
    return DesiredObject(
        ref=item.ref,
        effect=item.effect,
        mode=live.mode,
        language=item.language,
        text=live.text,
        digest=item.digest,
        description=item.description,
        mark=Mark.of(item.mark.owner, item.mark.target, item.ref, item.digest),
        author=item.author,
        commit=item.commit,
    )
