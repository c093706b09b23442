"""The options of `bylaw test`."""

from typing import get_args

from bylaw.model.errors import UsageError
from bylaw.testing.coverage import Level
from bylaw.testing.selection import Selection

MOST_PERCENT = 100


class RunOptions:
    """The options of one call."""

    def __init__(self, given: dict[str, object]) -> None:
        self._given = given

    def flag(self, name: str) -> bool:
        """Whether a flag is set."""
        return bool(self._given[name])

    def text(self, name: str) -> str | None:
        """The value of an option; none where it is not given."""
        value = self._given[name]
        return value if isinstance(value, str) else None

    @property
    def selection(self) -> Selection:
        """Which cases run."""

        def globs(name: str) -> tuple[str, ...]:
            value = self._given[name]
            return value if isinstance(value, tuple) else ()

        return Selection(*(globs(name) for name in ("names", "suites", "tests", "principals", "actions", "policies")))

    @property
    def wants_coverage(self) -> bool:
        """Whether coverage is asked for, by name or by what needs it."""
        return (
            self.flag("coverage")
            or self.flag("suggest")
            or any(self.text(name) for name in ("fail_under", "lcov", "cobertura"))
        )

    @property
    def seconds(self) -> float:
        """For all proofs."""
        return float(str(self._given["timeout_seconds"]))

    @property
    def gates(self) -> dict[Level, int] | None:
        """What `--fail-under` says; none where it is not given.

        Raises:
            UsageError: it cannot be read.
        """
        text = self.text("fail_under")
        if text is None:
            return None
        gates: dict[Level, int] = {}
        for part in text.split(","):
            name, _, percent = part.strip().partition("=")
            level = next((known for known in get_args(Level) if known == name), None)
            if level is None or not percent.isdecimal() or int(percent) > MOST_PERCENT:
                raise UsageError(f"`{part}` is no coverage gate", help="write `policy=100,clause=95,condition=90`")
            gates[level] = int(percent)
        return gates
