"""Files made from the code, as path to text: a test fails when one of them is stale."""

import json
from collections.abc import Mapping

from bylaw.analysis.baseline import BaselineDocument
from bylaw.analysis.invariant_documents import InvariantsDocument
from bylaw.analysis.rule_pages import render_all
from bylaw.languages.governance.documents import GovernanceDocument
from bylaw.languages.http_rules.documents import RulesDocument
from bylaw.repository.documents.acceptances import AcceptancesDocument
from bylaw.repository.documents.app import AppDocument
from bylaw.repository.documents.base import Document
from bylaw.repository.documents.exceptions import ExceptionDocument
from bylaw.repository.documents.settings import Settings
from bylaw.testing.documents import FixturesDocument, SuiteDocument
from bylaw.testing.governance_documents import GovernanceSuiteDocument
from bylaw.testing.http_rules_suites import HttpSuiteDocument

DOCUMENTS: Mapping[str, type[Document]] = {
    "settings": Settings,
    "app": AppDocument,
    "http-rules": RulesDocument,
    "governance": GovernanceDocument,
    "governance-suite": GovernanceSuiteDocument,
    "http-rules-suite": HttpSuiteDocument,
    "suite": SuiteDocument,
    "fixtures": FixturesDocument,
    "baseline": BaselineDocument,
    "acceptances": AcceptancesDocument,
    "invariants": InvariantsDocument,
    "exception": ExceptionDocument,
}


def generated_files() -> Mapping[str, str]:
    """Every generated file: the JSON Schemas of the documents, and the pages of the lint rules."""
    return {**document_schemas(), **render_all()}


def document_schemas() -> Mapping[str, str]:
    """The JSON Schemas, by the path that the first line of each document names."""
    return {f"schemas/documents/{name}.schema.json": document_schema(model) for name, model in DOCUMENTS.items()}


def document_schema(model: type[Document]) -> str:
    """The JSON Schema of a document, for editors."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
