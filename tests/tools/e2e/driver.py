"""Drives the real command line in subprocesses, on a policy repository in a scratch folder, and looks into its SQLite store."""

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tools.pipeline import repositories

QUIET = ("BYLAW_", "GITHUB_", "GIT_", "COLOR", "FORCE_COLOR", "NO_COLOR")
"""Variables by which the environment of the test run must not steer the command line."""

CAP = "policies/shop/access/read-front.cedar"
LEVEL = "policies/shop/guards/level.cedar"


@dataclass(frozen=True)
class Result:
    """How one command ended."""

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


ROOT = Path(__file__).parents[3]


@dataclass
class Bylaw:
    """The command line on one repository."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """The environment of a command: that of the test without what steers, and what the test sets."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(QUIET)}
        return {**own, **self.environment}

    def run(self, *arguments: str, **environment: str) -> Result:
        """Run one command to its end."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env={**self.env, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str) -> Result:
        """Run one command that must succeed."""
        result = self.run(*arguments)
        assert result.code == 0, f"bylaw {' '.join(arguments)} exited {result.code}\n{result.all}"
        return result

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start one command."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def command(*arguments: str) -> list[str]:
        """What is executed for `bylaw ARGUMENTS`."""
        return [sys.executable, "-c", "from bylaw.cli.main import main; main()", *arguments]

    def commit(self, files: dict[str, str | None], message: str = "change") -> str:
        """Commit a change of the repository."""
        return repositories.commit(self.root, files, message)

    def commit_all(self, message: str) -> str:
        """Commit whatever changed in the working tree."""
        return repositories.commit(self.root, {}, message)

    def git(self, *arguments: str) -> str:
        """Run git in the repository."""
        return repositories.git(self.root, *arguments)

    @property
    def store(self) -> Path:
        """The SQLite file of the target `local`."""
        return self.root / ".bylaw/local.db"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read from the store, past bylaw."""
        with sqlite3.connect(self.store) as connection:
            found = connection.execute(query).fetchall()
        connection.close()
        return found

    def tamper(self, statement: str) -> None:
        """Write to the store, past bylaw."""
        with sqlite3.connect(self.store, timeout=30) as connection:
            connection.execute(statement)
        connection.close()

    def live(self) -> dict[str, tuple[str, str]]:
        """Name to mode and text in force, of every policy that is not deleted."""
        rows = self.rows(
            "select p.name, p.mode, v.text from bylaw_policy p join bylaw_policy_version v"
            " on v.policy_id = p.id and v.retired_at is null where p.deleted_at is null"
        )
        return {name: (mode, text) for name, mode, text in rows}

    def dump(self) -> tuple[str, ...]:
        """Everything in the policy tables of the store, as SQL."""
        with sqlite3.connect(self.store) as connection:
            lines = tuple(line for line in connection.iterdump() if '"bylaw_' in line)
        connection.close()
        return lines

    def written_since(self, before: tuple[str, ...]) -> tuple[str, ...]:
        """What is in the policy tables now and was not before; the lease may come and go."""
        return tuple(line for line in self.dump() if line not in set(before) and "bylaw_state_lease" not in line)

    def last_actions(self, count: int) -> list[tuple[str, str]]:
        """The last writes to policies, from the audit: action and name, oldest first."""
        rows = self.rows(
            "select a.action, p.name from bylaw_audit a join bylaw_policy p on p.id = a.policy_id order by a.number"
        )
        return [(action, name) for action, name in rows[-count:]]

    @staticmethod
    def named(*names: str) -> set[str]:
        """Full names of policies of the app `shop`."""
        return {f"shop/{name}" for name in names}


def settings(*lines: str) -> str:
    """The `bylaw.yaml` of the small repository with more lines below its target."""
    return repositories.SETTINGS.replace(
        "url: sqlite:///.bylaw/local.db\n",
        "url: sqlite:///.bylaw/local.db\n" + "".join(f"    {line}\n" for line in lines),
    )


def waiver(*limits: str) -> str:
    """The `waivers` of a `bylaw.yaml`, each for one limit."""
    until = (datetime.now(UTC) + timedelta(days=2)).date()
    lines = [
        f"  - {{limit: {name}, target: local, reason: agreed upon in a test, by: ann, until: {until}}}\n"
        for name in limits
    ]
    return "waivers:\n" + "".join(lines)
