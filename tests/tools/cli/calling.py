"""Calling the command line in this process."""

import gc
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bylaw.cli.main import main
from tools.pipeline import repositories


@dataclass(frozen=True)
class Called:
    """How a call ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def all(self) -> str:
        """Everything that was printed."""
        return self.stdout + self.stderr

    @property
    def json(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.stdout)


@dataclass
class Cli:
    """The command line in a folder."""

    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    root: Path = field(default_factory=Path.cwd)

    def at(self, root: Path) -> "Cli":
        """The command line in `root`."""
        self.patch.chdir(root)
        self.root = root
        return self

    def run(self, *arguments: str) -> Called:
        """Call `bylaw ARGUMENTS`."""
        self.patch.setattr(sys, "argv", ["bylaw", *arguments])
        thresholds = gc.get_threshold()
        try:
            main()
            code: object = 0
        except SystemExit as ended:
            code = ended.code
        finally:
            gc.set_threshold(*thresholds)
        printed = self.capture.readouterr()
        assert code is None or isinstance(code, int)
        return Called(int(code or 0), printed.out, printed.err)

    def ok(self, *arguments: str) -> Called:
        """Call what must succeed."""
        called = self.run(*arguments)
        assert called.code == 0, f"bylaw {' '.join(arguments)} exited {called.code}\n{called.all}"
        return called

    def write(self, path: str, text: str | None) -> None:
        """Write a file of the repository; none deletes it."""
        repositories.write(self.root, {path: text})

    def read(self, path: str) -> str:
        """Read a file of the repository."""
        return (self.root / path).read_text(encoding="utf-8")

    def commit(self, files: dict[str, str | None]) -> str:
        """Commit a change."""
        return repositories.commit(self.root, files)
