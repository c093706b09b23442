"""How words stand out in a terminal."""

from bylaw.model.verdicts import Verdict

STYLES = {
    Verdict.WIDENS: "bold red",
    Verdict.CHANGES: "bold red",
    Verdict.UNKNOWN: "bold yellow",
    Verdict.NARROWS: "bold cyan",
    Verdict.EQUAL: "green",
}
