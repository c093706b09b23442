"""Small texts kept between runs in a folder of the user's. Losing them costs time and nothing else.

Never a folder of the policy repository: what a pull request brings must not vouch for itself.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from bylaw.model.digests import Digest


class Cache:
    """Texts by digest, in generations: the first text of a generation removes the others, so that nothing grows without end."""

    def __init__(self, folder: Path, generation: str) -> None:
        self._folder = folder
        self._generation = folder / generation

    def get(self, key: Digest) -> str | None:
        """The text kept under `key`; none where it is not there, not readable, or not safe from other users."""
        if not self._is_ours():
            return None
        try:
            return (self._generation / key).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def put(self, key: Digest, text: str) -> None:
        """Keep `text`; where that is not possible, nothing happens."""
        with suppress(OSError):
            if not self._generation.is_dir():
                self._begin()
            if self._is_ours():
                draft = self._generation / f"{key}.{os.getpid()}"
                draft.write_text(text, encoding="utf-8")
                draft.replace(self._generation / key)

    def _begin(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in self._folder.iterdir():
            rmtree(old, ignore_errors=True)
        self._generation.mkdir(mode=0o700, exist_ok=True)

    def _is_ours(self) -> bool:
        """Whether nobody else can have written here."""
        try:
            facts = [os.lstat(place) for place in (self._folder, self._generation)]
        except OSError:
            return False
        return all(
            stat.S_ISDIR(fact.st_mode)
            and fact.st_uid == os.getuid()
            and not fact.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            for fact in facts
        )
