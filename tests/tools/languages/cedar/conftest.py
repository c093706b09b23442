"""The public corpus, taken apart once for all tests that compare with it."""

import os
import tarfile
from pathlib import Path
from typing import NamedTuple

import pytest

VARIABLE = "BYLAW_ORACLES"


class CorpusCase(NamedTuple):
    """The texts of one case."""

    name: str
    policies: str
    schema: str


@pytest.fixture(scope="session")
def corpus() -> tuple[CorpusCase, ...]:
    """Every case, by name; skips the test where there is no corpus."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} is not set: no corpus to compare with")
    files: dict[str, str] = {}
    with tarfile.open(Path(folder) / "cedar-corpus/corpus-sample.tar.xz") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.endswith((".cedar", ".cedarschema")) else None
            if content is not None:
                files[Path(member.name).name] = content.read().decode()
    names = sorted(name.removesuffix(".cedar") for name in files if name.endswith(".cedar"))
    return tuple(CorpusCase(name, files[f"{name}.cedar"], files[f"{name}.cedarschema"]) for name in names)
