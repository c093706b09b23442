"""Apps that were found clean are not checked again while nothing that this rests on is different.

Clean means that a whole check had nothing at all to say of the app, not even a suppressed finding. The record is kept under a
digest of every file that checking the app reads, the settings, the baseline, the day (annotations expire) and the tool. An app that
is not clean is checked every time, so a record can only ever stand for silence.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bylaw.model.digests import Digest, digest_bytes, digest_json
from bylaw.model.errors import InvalidInputError
from bylaw.model.identifiers import AppId
from bylaw.repository.interface import SourceTree
from bylaw.repository.layout import App, PolicyRepository, app_of
from bylaw.repository.places import POLICIES, SETTINGS_PATH, SUITES

if TYPE_CHECKING:
    from bylaw.model.spans import Span
    from bylaw.pipeline.check import CheckReport

FORMAT = 1


class Store(Protocol):
    """Where records are kept; `bylaw.repository.cache.Cache` is one."""

    def get(self, key: Digest) -> str | None:
        """The record under `key`."""

    def put(self, key: Digest, text: str) -> None:
        """Keep a record."""


class Clean(NamedTuple):
    """What a check counted in an app that it had nothing to say of."""

    policies: int
    bundles: int
    cases: int


@dataclass(frozen=True)
class CleanRecords:
    """What earlier runs of the same tool found clean on the same day."""

    store: Store
    tool: str
    """Tells this tool with its dependencies from any other."""
    today: date

    def find(self, repository: PolicyRepository, only: Collection[str] = ()) -> Mapping[AppId, Clean]:
        """The apps that need no check; `only` names the apps that are asked about (none: all)."""
        asked = [app for app in repository.apps if not only or app.id in only]
        found = ((app.id, self._read(key)) for app, key in self._keys(repository, asked))
        return {app: record for app, record in found if record is not None}

    def keep(self, repository: PolicyRepository, report: "CheckReport") -> None:
        """Record the apps that `report`, made of this very `repository`, says nothing of.

        INVARIANT: its tree answers alike each time it is asked (a `Snapshot`), so what is recorded is what was checked.
        """
        noisy = _noisy(report)
        if noisy is None:
            return
        silent = [
            repository.by_id[app]
            for app, run in report.runs.items()
            if app not in noisy and run.report.all_passed and app not in report.invariants.reach_further
        ]
        for app, key in self._keys(repository, silent):
            run = report.runs[app.id]
            bundles = sum(bundle.app == app.id for bundle in report.bundles)
            self.store.put(key, json.dumps(Clean(len(run.program.policies), bundles, run.report.passed)))

    def _keys(self, repository: PolicyRepository, apps: Iterable[App]) -> Iterator[tuple[App, Digest]]:
        """The digest of all that the check of each app rests on; apps of which some file cannot be read have none."""
        with suppress(InvalidInputError):
            files = [_content(repository.tree, path) for path in (SETTINGS_PATH, repository.settings.lint.baseline)]
            shared = digest_json([FORMAT, self.tool, str(self.today), files])
            for app in apps:
                with suppress(InvalidInputError):
                    yield app, _key(app, shared)

    def _read(self, key: Digest) -> Clean | None:
        text = self.store.get(key)
        try:
            policies, bundles, cases = json.loads(text or "null")
            return Clean(int(policies), int(bundles), int(cases))
        except (TypeError, ValueError):
            return None


def _key(app: App, shared: Digest) -> Digest:
    own = [entry for folder in (app.directory, app.suite_directory) for entry in app.tree.entries(folder)]
    files = [(entry.path, _content(app.tree, entry.path)) for entry in own]
    declared = [path and _content(app.tree, path) for path in (app.document.schema_, app.document.entities)]
    return digest_json([shared, app.id, files, declared])


def _content(tree: SourceTree, path: str) -> Digest | None:
    return None if tree.kind(path) is None else digest_bytes(tree.read(path))


def _noisy(report: "CheckReport") -> frozenset[AppId] | None:
    """The apps that something was said of; none at all where what was said may concern any of them."""
    apps = [_concerned(span) for span in _spans(report)]
    return None if None in apps else frozenset(app for app in apps if app is not None)


def _spans(report: "CheckReport") -> Iterator["Span | None"]:
    yield from (diagnostic.span for diagnostic in (*report.problems, *report.unformatted))
    yield from (proof.invariant.span for proof in report.invariants.failed)
    yield from (finding.span for finding in report.lint.findings)


def _concerned(span: "Span | None") -> AppId | None:
    """The app whose policies or suites `span` stands in; none for what apps share."""
    path = span.path if span is not None else ""
    return app_of(f"{POLICIES}/{path.removeprefix(f'{SUITES}/')}" if path.startswith(f"{SUITES}/") else path)
