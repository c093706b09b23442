"""Case files of this folder: a text with its places marked «like this», and what is said about them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from bylaw.model.spans import LineIndex, Span

CASES = Path(__file__).parents[2] / "cases/cedar"
PATH = "policies/desk/area/policy.cedar"


class Said(BaseModel):
    """One sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    message: str
    help: str | None = None


class Marked(BaseModel):
    """One case; the text goes by the name of what it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    policy: str = ""
    schema_text: str = ""
    entities: str = ""
    says: list[Said]

    @property
    def text(self) -> str:
        """The marked text, whatever it is."""
        # The block style of YAML adds the last line end; an unexpected end of the text is a place of its own.
        return (self.policy or self.schema_text or self.entities).removesuffix("\n")

    @property
    def plain(self) -> str:
        """The text without marks."""
        return self.text.replace("«", "").replace("»", "")

    def spans(self, path: str) -> list[Span]:
        """The marked places, sorted."""
        opened: list[int] = []
        found: list[tuple[int, int]] = []
        at = 0
        for character in self.text:
            if character == "«":
                opened.append(at)
            elif character == "»":
                found.append((opened.pop(), at))
            else:
                at += 1
        lines = LineIndex(self.plain)
        return sorted(lines.span(path, start, end) for start, end in found)


def marked_cases(name: str) -> list[Any]:
    """The cases of one file, as parameters of a test."""
    raw = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    cases = [
        Marked.model_validate({("schema_text" if key == "schema" else key): item[key] for key in item}) for item in raw
    ]
    assert len({case.name for case in cases}) == len(cases), "two cases of one name"
    return [pytest.param(case, id=case.name) for case in cases]


def compare(found: Iterable[Diagnostic], case: Marked, path: str) -> None:
    """Everything is said that the case says, at the places it marks, and nothing else."""
    diagnostics = sorted(found, key=lambda diagnostic: diagnostic.sort_key)

    assert [Said(code=d.code, message=d.message, help=d.help) for d in diagnostics] == case.says
    assert sorted({d.span for d in diagnostics if d.span}) == case.spans(path)


def read_world(extra: tuple[str, str] = ("", "")) -> Schema:
    """The schema that the cases play in, with one piece of text replaced."""
    text = (CASES / "world.cedarschema").read_text(encoding="utf-8")
    schema, diagnostics = read_schema(text.replace(*extra) if extra[0] else text, "schemas/world.cedarschema")
    assert schema is not None, diagnostics
    return schema


WORLD = read_world()


def policy_of(text: str, name: str = "area/policy") -> CedarPolicy:
    """A policy of the app `desk`."""
    path = f"policies/desk/{name}.cedar"
    parsed = parse_statement(text, path)
    assert parsed.statement is not None, parsed.diagnostics
    return CedarPolicy(PolicyRef(AppId("desk"), PolicyId(name)), path, text, parsed.statement)
