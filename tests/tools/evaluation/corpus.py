"""The public decision corpus: cases with policies, schema, entities, and what the engine is known to answer."""

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bylaw.evaluation.interface import Request
from bylaw.languages.cedar.parser import parse_statements
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.identifiers import AppId, EntityUid, PolicyId, PolicyRef

VARIABLE = "BYLAW_ORACLES"


class Known(NamedTuple):
    """One request with its known answer."""

    request: Request
    decision: str
    reasons: tuple[str, ...]
    errors: int


class CorpusCase(NamedTuple):
    """One policy set with its requests."""

    name: str
    policies: tuple[CedarPolicy, ...]
    schema: Schema
    entities: str
    validates: bool
    requests: tuple[Known, ...]


def corpus_cases(every: int = 1) -> Iterator[CorpusCase]:
    """The cases of the sample, every so many; skips the test where there is no sample."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} is not set: no corpus to compare with")
    with tarfile.open(Path(folder) / "cedar-corpus/corpus-sample.tar.xz") as archive:
        files = {Path(m.name).name: archive.extractfile(m).read().decode() for m in archive if m.isfile()}  # type: ignore[union-attr]
    names = sorted(n.removesuffix(".json") for n in files if n.endswith(".json") and not n.endswith(".entities.json"))
    for name in names[::every]:
        yield _case(name, files)


def _case(name: str, files: dict[str, str]) -> CorpusCase:
    document = json.loads(files[f"{name}.json"])
    text = files[f"{name}.cedar"]
    parsed = parse_statements(text, name)
    assert not parsed.diagnostics, (name, parsed.diagnostics)
    schema, problems = read_schema(files[f"{name}.cedarschema"], name)
    assert schema is not None, (name, problems)
    policies = tuple(
        CedarPolicy(PolicyRef(AppId("corpus"), PolicyId(f"policy{number}")), name, text, statement)
        for number, statement in enumerate(parsed.statements)
    )
    known = tuple(_known(request) for request in document["requests"])
    return CorpusCase(name, policies, schema, files[f"{name}.entities.json"], document["shouldValidate"], known)


def _known(raw: dict[str, Any]) -> Known:
    principal, action, resource = (
        EntityUid(raw[key]["type"], raw[key]["id"]) for key in ("principal", "action", "resource")
    )
    request = Request(principal, action, resource, raw["context"])
    return Known(request, raw["decision"], tuple(sorted(raw["reason"])), len(raw["errors"]))
