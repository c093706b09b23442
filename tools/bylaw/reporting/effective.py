"""What is in force for an agent, as the document that would say all of it."""

from dataclasses import dataclass

from rich.text import Text

from bylaw.model.identifiers import AppId
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json, JsonObject
from bylaw.testing.yaml_writer import write_yaml


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """One document that says what several say together."""

    app: AppId
    agent: str
    document: JsonObject
    """In the form of its language; `source` and `sources` name the places it comes from."""
    notes: tuple[str, ...] = ()
    """Where the parts are at odds."""


def effective_text(found: EffectivePolicy) -> Text:
    """YAML, with what is worth knowing as comments above it."""
    text = Text("".join(f"# {visible(note)}\n" for note in found.notes), style="yellow")
    return text.append(write_yaml(found.document, escaped=True), style="default")


def effective_json(found: EffectivePolicy) -> Json:
    """The document with its notes."""
    return {"app": found.app, "agent": found.agent, "document": found.document, "notes": [*found.notes]}
