"""What the local store can hold. No driver is needed to know it."""

from dataclasses import replace
from typing import Final

from bylaw.compile.capabilities import Capabilities
from bylaw.model.effects import Mode

LOCAL: Final = Capabilities(
    kind="local",
    languages=frozenset({"cedar", "http-rules", "governance"}),
    transactional=True,
    modes=frozenset(Mode),
)
NOOP: Final = replace(LOCAL, kind="noop")
"""The same store in a scratch database that is gone when the run ends: it accepts and reports, and nothing is written anywhere."""
