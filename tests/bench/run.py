"""`make bench`: whole processes, medians of several runs, each as a ratio to a floor measured in the same run.

Machines differ and are noisy; a ratio to what the bare engine needs on the same machine, taken turn by turn, is what holds.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.bound import Bound
from bench.generate import generate
from bench.governance import governance
from bench.governance_cedar import governance_cedar
from bench.http_rules import http_rules
from bench.proofs import proofs
from bench.server import servers

HERE = Path(__file__).parent
BYLAW = [sys.executable, "-m", "bylaw"]
RUNS = 5


class Timing(NamedTuple):
    """Wall seconds of several runs."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)


def timed(name: str, commands: Sequence[Sequence[str]], cwd: Path, runs: int = RUNS) -> list[Timing]:
    """Run the commands in turn, `runs` times after one warm-up, so that drift of the machine meets all of them alike."""
    seconds: list[list[float]] = [[] for _ in commands]
    for turn in range(runs + 1):
        for place, command in enumerate(commands):
            started = time.perf_counter()
            subprocess.run(command, cwd=cwd, capture_output=True, check=False)
            if turn:
                seconds[place].append(time.perf_counter() - started)
    return [Timing(f"{name} {place}", tuple(found)) for place, found in enumerate(seconds)]


def git(root: Path, *arguments: str) -> None:
    """Run git quietly."""
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def start_up(root: Path) -> list[Bound]:
    """`--version` beside a bare interpreter."""
    bare, version = timed("start", [[sys.executable, "-c", "pass"], [*BYLAW, "--version"]], root, 15)
    return [Bound("bylaw --version / python -c pass", version.median / bare.median, 5, "x")]


def checks(small: Path, large: Path) -> list[Bound]:
    """`check` beside the engine alone, and how it grows."""
    check = [*BYLAW, "--root", str(small), "check"]
    engine = [sys.executable, str(HERE / "floor.py"), str(small)]
    floor, again, one = timed("check", [engine, check, [*check, "--no-cache"]], small)
    (ten,) = timed("check", [[*BYLAW, "--root", str(large), "check", "--no-cache"]], large, 3)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 / 1024
    return [
        Bound("check of 1,000 policies / engine alone, parse and validate", again.median / floor.median, 2.5, "x"),
        Bound("the same with nothing known from an earlier run", one.median / floor.median, 6, "x"),
        Bound("check of 10,000 policies / of 1,000, nothing known", ten.median / one.median, 12, "x"),
        Bound("peak memory of any process so far", peak, 1, "GB"),
    ]


def diffs(root: Path) -> list[Bound]:
    """`diff` of one changed file among 10,000, with a short and a long history."""
    changed = root / "policies/app-000/area-0/rule-000.cedar"
    short = _diff_of_one(root, changed)
    _lengthen_history(root, 10_000)
    long = _diff_of_one(root, changed)
    return [
        Bound("diff of one file among 10,000", short.median, 1.5, "s"),
        Bound("the same with 10,000 commits of history", long.median, 1.5, "s"),
        Bound("long history / short history", long.median / short.median, 1.3, "x"),
    ]


def _diff_of_one(root: Path, changed: Path) -> Timing:
    changed.write_text(changed.read_text(encoding="utf-8") + "// a note\n", encoding="utf-8")
    git(root, "commit", "-qam", "one change")
    (timing,) = timed("diff", [[*BYLAW, "--root", str(root), "diff", "HEAD~1", "HEAD"]], root)
    return timing


def _lengthen_history(root: Path, commits: int) -> None:
    """Many commits of one other file, through fast-import: a process for each would take minutes."""
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()
    lines = []
    for number in range(commits):
        text = f"note {number}\n"
        parent = f"from {head}\n" if number == 0 else ""
        lines.append(
            f"commit refs/heads/main\ncommitter Bench <bench@example.com> {1_700_000_000 + number} +0000\n"
            f"data 4\nnote\n{parent}M 100644 inline notes.txt\ndata {len(text)}\n{text}\n"
        )
    subprocess.run(["git", "fast-import", "--quiet", "--force"], cwd=root, check=True, input="".join(lines).encode())
    git(root, "reset", "-q", "--hard", "main")


def plans(root: Path) -> list[Bound]:
    """`plan` of 10,000 policies that are deployed already."""
    subprocess.run(
        [*BYLAW, "--root", str(root), "reconcile", "--target", "local"], cwd=root, check=True, capture_output=True
    )
    (timing,) = timed("plan", [[*BYLAW, "--root", str(root), "plan", "--target", "local"]], root, 3)
    return [Bound("plan of 10,000 unchanged policies", timing.median, 3, "s")]


def repository(root: Path, policies: int) -> Path:
    """A committed repository of so many policies."""
    generate(root, policies)
    (root / ".gitignore").write_text(".bylaw/\n", encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "start")
    git(root, "repack", "-adq")  # as every clone has it
    return root


def main() -> int:
    """Measure everything; fails where a bound does not hold."""
    with tempfile.TemporaryDirectory() as scratch:
        small, large = repository(Path(scratch) / "small", 1_000), repository(Path(scratch) / "large", 10_000)
        bounds = [
            *start_up(small),
            *checks(small, large),
            *diffs(large),
            *plans(large),
            *servers(),
            *proofs(),
            *http_rules(),
            *governance(),
            *governance_cedar(),
        ]
    for bound in bounds:
        sys.stdout.write(f"{bound.line()}\n")
    return 0 if all(bound.measured <= bound.limit for bound in bounds) else 1


if __name__ == "__main__":
    sys.exit(main())
