"""`bylaw history`: the versions of a policy on the targets that keep them."""

from collections.abc import Iterator

from bylaw.backends.local.backend import LocalBackend
from bylaw.backends.local.records import Version
from bylaw.model.identifiers import PolicyRef
from bylaw.pipeline.targets import OpenTarget
from bylaw.reporting.history import HistoryEntry


def history(target: OpenTarget, ref: PolicyRef) -> Iterator[HistoryEntry]:
    """The numbered versions of `ref` on `target`, oldest first; nothing where the backend keeps none."""
    backend = target.backend
    if isinstance(backend, LocalBackend):
        with backend.store.reading() as reader:
            for version in reader.history(backend.engine_of(ref.app), str(ref)):
                yield _entry(target, version)


def _entry(target: OpenTarget, version: Version) -> HistoryEntry:
    return HistoryEntry(
        target=target.id,
        number=version.number,
        digest=version.sha256,
        author=version.author,
        commit=version.commit,
        created_at=version.created_at,
        active=tuple((period.since, period.until) for period in version.in_force),
        status="active" if version.retired_at is None else "retired",
    )
