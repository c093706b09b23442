"""The examination of targets, worst things first to the eye."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.text import Text

from bylaw.backends.diagnosis import Health, Probe
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json

_MARKS = {Health.GOOD: ("✓", "green"), Health.DOUBTFUL: ("!", "yellow"), Health.BAD: ("✗", "bold red")}


@dataclass(frozen=True, slots=True)
class ExaminedTarget:
    """What was found of one target."""

    target: str
    health: Health
    probes: tuple[Probe, ...]


@dataclass(frozen=True, slots=True)
class DoctorResults:
    """All targets that were examined."""

    targets: tuple[ExaminedTarget, ...]


def doctor_text(results: DoctorResults) -> Text:
    """A block a target."""
    text = Text()
    for number, target in enumerate(results.targets):
        text.append("\n" if number else "").append(f"{target.target}\n", style="bold")
        for line in _lines(target.probes):
            text.append_text(line)
    return text


def _lines(probes: Iterable[Probe]) -> Iterable[Text]:
    for probe in probes:
        mark, style = _MARKS[probe.health]
        yield (
            Text(f"  {mark} ", style=style)
            .append(f"{probe.what:<13} ", style="dim")
            .append(f"{visible(probe.message)}\n")
        )
        if probe.help:
            yield Text(f"    {'':<13} {visible(probe.help)}\n", style="dim")


def doctor_json(results: DoctorResults) -> Json:
    """Every probe as values."""
    return [
        {
            "target": target.target,
            "health": str(target.health),
            "probes": [
                {"what": p.what, "health": str(p.health), "message": p.message, "help": p.help} for p in target.probes
            ],
        }
        for target in results.targets
    ]
