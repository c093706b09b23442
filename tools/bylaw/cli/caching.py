"""Where records of clean apps and proofs are kept for whoever runs this, and what tells this tool from any other."""

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import bylaw
from bylaw.cli.session import Session
from bylaw.model.digests import Digest, digest_json
from bylaw.pipeline.clean import CleanRecords
from bylaw.repository.cache import Cache

if TYPE_CHECKING:
    from bylaw.analysis.smt.kept_facts import KeptFacts
    from bylaw.analysis.smt.memory import Memory


def clean_records(session: Session) -> CleanRecords | None:
    """The records of today; none where there is no cache folder."""
    today = session.now.date()
    base = _folder()
    return None if base is None else CleanRecords(Cache(base / "clean", str(today)), _tool(), today)


def proofs(session: Session) -> "Memory | None":
    """What was proved this month by this very tool; none where there is no cache folder."""
    from bylaw.analysis.smt.memory import Memory  # noqa: PLC0415 - only for verbs that prove

    base = _folder()
    return None if base is None else Memory(Cache(base / "proofs", f"{session.now:%Y-%m}"), _tool())


def facts(session: Session) -> "KeptFacts | None":
    """What was proved of whole apps this month by this very tool; none where there is no cache folder."""
    from bylaw.analysis.smt.kept_facts import KeptFacts  # noqa: PLC0415 - only for verbs that prove

    base = _folder()
    return None if base is None else KeptFacts(Cache(base / "proofs", f"{session.now:%Y-%m}"), _tool())


def _folder() -> Path | None:
    """The user's cache folder (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "bylaw"


def _tool() -> Digest:
    """Differs as soon as our own code does, as it does while it is being worked on, or a distribution beside the engine's."""
    files = ((item.path, item.stat()) for item in _files(str(Path(bylaw.__file__).parent)))
    code = sorted((path, facts.st_size, facts.st_mtime_ns) for path, facts in files)
    engine = find_spec("cedarpy")
    beside = Path(engine.origin).parents[1].iterdir() if engine and engine.origin else ()
    return digest_json([sys.version, code, sorted(path.name for path in beside if path.name.endswith("-info"))])


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as listing:
        for item in listing:
            if not item.is_dir():
                yield item
            elif item.name != "__pycache__":
                yield from _files(item.path)
