"""Generated files are fresh, and the documents of this repository fit the schemas that editors use."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from bylaw.pipeline.generated import DOCUMENTS, document_schema, generated_files

ROOT = Path(__file__).parents[3]
SCHEMA_LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")
YAML_FILES = [
    ROOT / "bylaw.yaml",
    *sorted((ROOT / "policies").rglob("*.yaml")),
    *sorted((ROOT / "tests/policies").rglob("*.yaml")),
]


def test_generated_files_are_fresh() -> None:
    stale = [
        path
        for path, text in generated_files().items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text
    ]

    assert stale == [], "run `make generate`"


def test_no_page_of_a_rule_that_is_gone_stays_behind() -> None:
    pages = {str(path.relative_to(ROOT)) for path in (ROOT / "docs/rules").glob("*.md")}

    assert pages <= set(generated_files())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_schema_is_a_valid_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(document_schema(DOCUMENTS[name])))


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_yaml_file_names_its_schema_and_fits_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    match = SCHEMA_LINE.match(text)
    assert match is not None, "the first line names the schema for editors"
    schema = json.loads((path.parent / match[1]).read_text(encoding="utf-8"))

    # Dates stay text, as our reader keeps them.
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))

    jsonschema.validate(document, schema)
