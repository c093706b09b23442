"""Suites of `http-rules` apps: `tests/policies/<app>/**.yaml`, cases that stand beside a document and not in it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from bylaw.languages.http_rules.cases import cases_of
from bylaw.languages.http_rules.documents import CaseDocument
from bylaw.languages.http_rules.program import RulesPolicy, RulesProgram
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.repository.documents.base import Document, Name, PolicyPath
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.layout import App
from bylaw.repository.yaml_reader import YamlFile
from bylaw.testing.http_rules import HttpCase, case_of
from bylaw.testing.loading import suite_texts
from bylaw.testing.vocabulary import did_you_mean


class HttpSuiteDocument(Document):
    """Cases of one document."""

    suite: Name = Field(description="names the suite in reports; unique in its app")
    about: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    policy: PolicyPath = Field(description="the id of the document that decides, under the guardrails of its app")
    tests: tuple[CaseDocument, ...]


def load_http_suites(app: App, program: RulesProgram) -> tuple[tuple[HttpCase, ...], tuple[Diagnostic, ...]]:
    """Read every suite of `app`, sorted by path. Errors among the diagnostics mean that a run would prove nothing."""
    problems = Diagnostics()
    found: list[HttpCase] = []
    names = {str(policy.ref.policy): policy.path for policy in program.policies}
    for path, text in suite_texts(app, problems):
        document, file, complaints = load_with_places(HttpSuiteDocument, text, path)
        problems.extend(complaints)
        if document is None or file is None:
            continue
        policy = program.by_id.get(document.policy)
        problems.extend(_misnamed(document, file, policy, program, names))
        cases, complaints = cases_of(document.tests, file)
        problems.extend(complaints)
        if policy is not None:
            found += (case_of(program, policy, document.suite, case) for case in cases)
    return tuple(found), tuple(problems)


def _misnamed(
    document: HttpSuiteDocument,
    file: YamlFile,
    policy: RulesPolicy | None,
    program: RulesProgram,
    names: dict[str, str],
) -> tuple[Diagnostic, ...]:
    found = []
    first = names.setdefault(document.suite, file.path)
    if first != file.path:
        message = f"`{first}` is called `{document.suite}` as well"
        found.append(Diagnostic("duplicate-name", message, file.span(("suite",)), "give one of the two another name"))
    if policy is None:
        message, near = f"the app has no document `{document.policy}`", did_you_mean(document.policy, program.by_id)
        found.append(Diagnostic("unknown-policy", message, file.span(("policy",)), near))
    return tuple(found)
