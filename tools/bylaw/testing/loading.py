"""The suites of an app, read from its source tree."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.interface import EntryKind
from bylaw.repository.layout import App
from bylaw.repository.places import INVARIANTS_SUFFIX
from bylaw.repository.yaml_reader import YamlFile
from bylaw.testing.case import Suite
from bylaw.testing.documents import FixturesDocument, SuiteDocument
from bylaw.testing.expand import expand_suite
from bylaw.testing.fixtures import FixtureFile, Used, unused
from bylaw.testing.substitution import Locate
from bylaw.testing.vocabulary import Vocabulary, did_you_mean

SUFFIX = ".yaml"


@dataclass(frozen=True)
class _Read:
    """One file of the test directory; a suite, or fixtures."""

    path: str
    document: FixturesDocument
    places: YamlFile

    @property
    def fixtures(self) -> FixtureFile:
        return FixtureFile(self.path, self.document, _locator(self.places))


def load_suites(app: App, vocabulary: Vocabulary) -> tuple[tuple[Suite, ...], tuple[Diagnostic, ...]]:
    """Read and expand every suite of `app`, sorted by path. Errors among the diagnostics mean that a run would prove nothing."""
    problems = Diagnostics()
    files = {file.path: file for file in _read_all(app, problems)}
    suites: list[Suite] = []
    used: set[Used] = set()
    for file in files.values():
        if not isinstance(file.document, SuiteDocument):
            continue
        needed = [other.fixtures for other in _needed(app, file, file.document, files, problems)]
        expanded = expand_suite(file.fixtures, file.document, needed, vocabulary)
        problems.extend(expanded.diagnostics)
        used |= expanded.used
        suites.append(expanded.suite)
    problems.extend(unused([file.fixtures for file in files.values()], used))
    problems.extend(_duplicate_names(suites, files))
    if not suites and not problems.has_errors:
        problems.add(without_suite(app))
    return tuple(suites), tuple(problems)


def fixture_files(app: App) -> tuple[FixtureFile, ...]:
    """The fixture files of `app` that can be read, sorted by path."""
    files = _read_all(app, Diagnostics())
    return tuple(file.fixtures for file in files if not isinstance(file.document, SuiteDocument))


def suite_texts(app: App, problems: Diagnostics) -> Iterator[tuple[str, str]]:
    """Path and text of every file of the suite directory that can be read, sorted by path; of others, why not."""
    for entry in app.tree.entries(app.suite_directory):
        if not entry.path.endswith(SUFFIX) or entry.path.endswith(INVARIANTS_SUFFIX):
            continue
        text, found = app.text(entry.path)
        problems.extend(found)
        if text is not None and entry.kind is EntryKind.FILE:
            yield entry.path, text


def without_suite(app: App) -> Diagnostic:
    """What is said of an app that nobody tests."""
    message, remedy = f"app `{app.id}` has no suite", f"write one below `{app.suite_directory}/`"
    return Diagnostic("app-without-suite", message, app.places.span(("app",)), remedy, Severity.WARNING)


def _read_all(app: App, problems: Diagnostics) -> Iterator[_Read]:
    for path, text in suite_texts(app, problems):
        file = _read(text, path, problems)
        if file is not None:
            yield file


def _read(text: str, path: str, problems: Diagnostics) -> _Read | None:
    # A suite says so by its key `suite` in the first column; whatever else stands there is fixtures.
    is_suite = any(line.startswith(("suite:", "tests:")) for line in text.splitlines())
    model = SuiteDocument if is_suite else FixturesDocument
    document, places, found = load_with_places(model, text, path)
    problems.extend(found)
    return None if document is None or places is None else _Read(path, document, places)


def _needed(
    app: App, file: _Read, document: SuiteDocument, files: Mapping[str, _Read], problems: Diagnostics
) -> Iterator[_Read]:
    for position, relative in enumerate(document.use):
        wanted = files.get(f"{app.suite_directory}/{relative}")
        if wanted is not None and not isinstance(wanted.document, SuiteDocument):
            yield wanted
            continue
        known = (
            p.removeprefix(f"{app.suite_directory}/")
            for p, f in files.items()
            if not isinstance(f.document, SuiteDocument)
        )
        what = "is a suite" if wanted is not None else "does not exist, or cannot be read"
        message = f"`{relative}` {what}"
        at = file.places.span(("use", position))
        problems.add(Diagnostic("unknown-fixture-file", message, at, did_you_mean(relative, known)))


def _duplicate_names(suites: Iterable[Suite], files: Mapping[str, _Read]) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for suite in suites:
        first = seen.setdefault(suite.name, suite.path)
        if first != suite.path:
            message = f"`{first}` is called `{suite.name}` as well"
            at = files[suite.path].places.span(("suite",))
            yield Diagnostic("duplicate-name", message, at, "give one of the two another name", Severity.WARNING)


def _locator(places: YamlFile) -> Locate:
    return places.span
