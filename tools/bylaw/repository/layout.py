"""From a source tree to its settings and apps: where things stand in a policy repository, and what their paths mean.

bylaw.yaml                              settings
policies/<app>/app.yaml                 one app
policies/<app>/<area>/<policy>.cedar    one policy; the path is its id
policies/<app>/exceptions/<name>.yaml   one exception from a policy
tests/policies/<app>/**.yaml            suites
tests/policies/<app>/**.invariants.yaml invariants
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.errors import InvalidInputError
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef, is_policy_id, is_segment
from bylaw.model.spans import whole_file
from bylaw.repository.documents.app import AppDocument
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.documents.settings import Settings
from bylaw.repository.interface import Entry, EntryKind, SourceTree
from bylaw.repository.places import APP_FILE, EXCEPTIONS, POLICIES, SETTINGS_PATH, SUITES
from bylaw.repository.text import decode
from bylaw.repository.yaml_reader import YamlFile


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One policy file by its path; not read yet."""

    ref: PolicyRef
    path: str
    version: str = ""


@dataclass(frozen=True)
class App:
    """One directory under `policies/`."""

    id: AppId
    document: AppDocument
    places: YamlFile
    files: tuple[PolicyFile, ...]
    tree: SourceTree
    exceptions: tuple[PolicyFile, ...] = ()
    """Files of exceptions, each known by its path like a policy."""

    @property
    def directory(self) -> str:
        """Where its policies stand."""
        return f"{POLICIES}/{self.id}"

    @property
    def suite_directory(self) -> str:
        """Where its suites and invariants stand."""
        return f"{SUITES}/{self.id}"

    def text(self, path: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
        """The text of a file of the tree, or why there is none."""
        return read_text(self.tree, path)


@dataclass(frozen=True)
class PolicyRepository:
    """A tree read as a policy repository."""

    tree: SourceTree
    settings: Settings
    apps: tuple[App, ...]
    places: YamlFile | None = None
    """`bylaw.yaml` with its positions; none where it cannot be read."""

    @cached_property
    def by_id(self) -> dict[str, App]:
        """Apps by id."""
        return {app.id: app for app in self.apps}


def read_text(tree: SourceTree, path: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text at `path`, or why there is none."""
    try:
        return decode(tree.read(path), path)
    except InvalidInputError as error:
        return None, error.diagnostics


def load_repository(tree: SourceTree) -> tuple[PolicyRepository, Diagnostics]:
    """Read settings and apps. What cannot be read is left out and diagnosed; with errors the result is fit for reports only."""
    problems = Diagnostics()
    settings, places = load_settings(tree, problems)
    apps = []
    folders: dict[str, list[Entry]] = {}
    for entry in tree.entries(POLICIES):
        name, slash, _ = entry.path.removeprefix(f"{POLICIES}/").partition("/")
        if entry.kind is not EntryKind.FILE:
            problems.add(_link(entry))
        elif slash:
            folders.setdefault(name, []).append(entry)
    for name, entries in sorted(folders.items()):
        app = _load_app(tree, name, entries, problems)
        if app is not None:
            apps.append(app)
    if not folders:
        message = f"no apps: `{POLICIES}/` is empty or missing in {tree.label}"
        problems.add(Diagnostic("no-apps", message, None, "run `bylaw init`, or pass `--root`"))
    return PolicyRepository(tree, settings, tuple(apps), places), problems


def load_settings(tree: SourceTree, problems: Diagnostics) -> tuple[Settings, YamlFile | None]:
    """Read `bylaw.yaml` with its positions; neutral settings beside the diagnostics where it cannot be read."""
    text, found = read_text(tree, SETTINGS_PATH)
    problems.extend(found)
    if text is not None:
        settings, places, found = load_with_places(Settings, text, SETTINGS_PATH)
        problems.extend(found)
        if settings is not None:
            return settings, places
    return Settings(version=1, owner="unknown"), None


def _load_app(tree: SourceTree, name: str, entries: list[Entry], problems: Diagnostics) -> App | None:
    path = f"{POLICIES}/{name}/{APP_FILE}"
    if not is_segment(name):
        message = f"`{name}` cannot name an app"
        problems.add(Diagnostic("bad-app-name", message, whole_file(path), "use lower-case words joined by hyphens"))
        return None
    text, found = read_text(tree, path)
    problems.extend(found)
    if text is None:
        return None
    document, places, found = load_with_places(AppDocument, text, path)
    problems.extend(found)
    if document is None or places is None:
        return None
    if document.app != name:
        message = f"`app: {document.app}` in the folder `{name}`"
        problems.add(
            Diagnostic("app-not-folder", message, places.span(("app",)), f"write `app: {name}`, or rename the folder")
        )
    app_id = AppId(name)
    policies = [entry for entry in entries if not _is_exception(entry.path, name)]
    exceptions = [entry for entry in entries if _is_exception(entry.path, name)]
    return App(
        app_id,
        document,
        places,
        tuple(_policy_files(app_id, SUFFIXES.get(document.language, ".cedar"), policies, problems)),
        tree,
        tuple(_policy_files(app_id, EXCEPTION_SUFFIX, exceptions, problems)),
    )


def _is_exception(path: str, app: str) -> bool:
    return path.startswith(f"{POLICIES}/{app}/{EXCEPTIONS}/")


SUFFIXES = {"cedar": ".cedar", "http-rules": ".yaml", "governance": ".yaml"}
"""The suffix of the policy files of each language."""


EXCEPTION_SUFFIX = ".yaml"


def _policy_files(app: AppId, suffix: str, entries: list[Entry], problems: Diagnostics) -> Iterator[PolicyFile]:
    prefix = f"{POLICIES}/{app}/"
    for entry in entries:
        relative = entry.path.removeprefix(prefix)
        if relative == APP_FILE or not relative.endswith(suffix):
            continue
        policy = relative.removesuffix(suffix)
        if is_policy_id(policy):
            yield PolicyFile(PolicyRef(app, PolicyId(policy)), entry.path, entry.version)
        else:
            message = f"`{relative}` cannot name a policy"
            remedy = "use lower-case words joined by hyphens, in folders of the same form"
            problems.add(Diagnostic("bad-policy-path", message, whole_file(entry.path), remedy))


def _link(entry: Entry) -> Diagnostic:
    message = f"`{entry.path}` is a {entry.kind}, not a plain file"
    remedy = "put the content itself there: links could leave the repository"
    return Diagnostic("not-a-plain-file", message, whole_file(entry.path), remedy)


def policy_ref_of(path: str) -> PolicyRef | None:
    """The policy that the file at `path` would be, by its place and suffix alone; none where no policy stands."""
    app, _, relative = path.removeprefix(f"{POLICIES}/").partition("/")
    policy, dot, suffix = relative.rpartition(".")
    if not path.startswith(f"{POLICIES}/") or f"{dot}{suffix}" not in SUFFIXES.values() or relative == APP_FILE:
        return None
    if relative.startswith(f"{EXCEPTIONS}/"):
        return None
    return PolicyRef(AppId(app), PolicyId(policy)) if is_segment(app) and is_policy_id(policy) else None


def app_of(path: str) -> AppId | None:
    """The app in whose folder `path` stands; none for files that apps share."""
    if not path.startswith(f"{POLICIES}/"):
        return None
    app, slash, _ = path.removeprefix(f"{POLICIES}/").partition("/")
    return AppId(app) if slash and is_segment(app) else None
