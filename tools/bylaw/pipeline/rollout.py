"""Who counts decision flips for a target: a file, or the backend."""

from datetime import datetime
from pathlib import Path

from bylaw.backends.interface import Backend, CountsFlips, LiveObject
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.digests import SHORT
from bylaw.reconcile.rollout import CountFlips, policy_of
from bylaw.repository.documents.loading import load_document
from bylaw.repository.documents.rollout import FlipFile
from bylaw.repository.documents.settings import Target
from bylaw.repository.layout import read_text
from bylaw.repository.trees import DiskTree


def read_flips(root: Path, path: str) -> tuple[FlipFile | None, tuple[Diagnostic, ...]]:
    """The file of counted flips as it is now; it is no part of any commit."""
    problems = Diagnostics()
    text, found = read_text(DiskTree(root), path)
    problems.extend(found)
    if text is None:
        return None, tuple(problems)
    file, found = load_document(FlipFile, text, path)
    problems.extend(found)
    return file, tuple(problems)


def flip_counter(target: Target, backend: Backend, root: Path) -> CountFlips:
    """How a target's flips are counted. What cannot be read is not known, and so promotes nothing."""
    path = target.rollout.flips if target.rollout else None
    if path is None:
        return backend.count_flips if isinstance(backend, CountsFlips) else _unknown
    file, _ = read_flips(root, path)
    return _unknown if file is None else lambda live, since, until: _counted(file, live, since, until)


def _unknown(live: LiveObject, since: datetime, until: datetime) -> None:
    del live, since, until


def _counted(file: FlipFile, live: LiveObject, since: datetime, until: datetime) -> int | None:
    """Counts of other content, or that end too early, say nothing."""
    counted = file.policies.get(str(policy_of(live.mark.ref))) if live.mark else None
    if counted is None or file.until < max(since, until):
        return None
    return counted.flips if (live.digest or "").startswith(counted.digest[:SHORT]) else None
