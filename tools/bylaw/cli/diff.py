"""`bylaw diff`."""

import time
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.diff import Revisions, diff, revisions
from bylaw.reporting.diff import diff_section, diff_text

if TYPE_CHECKING:
    from rich.text import Text

    from bylaw.diff.edits import RepositoryDiff
    from bylaw.diff.semantic import SemanticDiff
    from bylaw.reporting.sections import Section
    from bylaw.repository.documents.acceptances import AcceptancesDocument
    from bylaw.repository.interface import SourceTree

MEANINGS = frozenset({"widens", "changes", "unknown"})
"""Levels of `--fail-on` that need a solver."""
NOT_PROVED = "What this changes is not proved."


@click.command("diff")
@click.argument("base")
@click.argument("head", required=False)
@click.option(
    "--fail-on",
    "levels",
    multiple=True,
    type=click.Choice(["widens", "changes", "unknown", "changed", "any"]),
    help="Fail if something is newly allowed, decided otherwise, or not settled (exit 5); or if any policy differs in more than "
    "place and style, or at all (exit 6). May be repeated.",
)
@click.option("--accept", metavar="FILE", help="Changes of meaning that somebody has accepted.")
@click.option("--open-world", is_flag=True, help="Let entities be missing from the store.")
@click.option("--structural", is_flag=True, help="Only what differs, not what it means.")
@click.option("--timeout-seconds", type=click.FloatRange(min=0), default=120, show_default=True, help="For all proofs.")
@click.option("--no-cache", is_flag=True, help="Prove everything anew.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 6 if there is any difference.")
@format_options("text", "json", "markdown", "github")
@click.pass_obj
def command(
    session: Session,
    /,
    base: str,
    head: str | None,
    levels: tuple[str, ...],
    format_: str,
    output: str,
    **flags: object,
) -> int:
    """What changed from BASE to HEAD, clause by clause, and what that newly allows.

    HEAD is the working tree by default. Nothing is checked out, and only what differs is read. Two commits are compared from their
    merge base. What is newly allowed is proved by a solver (`pip install 'bylaw[smt]'`), and shown with a request that was run on
    the Cedar engine.
    """
    git = session.git
    compared = revisions(git, base, head)
    found = diff(git, compared)
    meaning = _meaning(session, compared, found, levels, flags)
    codes, opened = _codes(found, meaning, levels, flags, _acceptances(session, flags))
    report = Report(
        command="diff",
        exit_codes=codes,
        text=partial(_text, found, meaning, opened, open_world=bool(flags["open_world"])),
        sections=partial(_sections, found, meaning, open_world=bool(flags["open_world"])),
        results=lambda: [found, *([meaning] if meaning else [])],
        outputs={"verdict": _verdict(found, meaning)},
    )
    return show(report, format_, output)


def _verdict(found: "RepositoryDiff", meaning: "SemanticDiff | None") -> str:
    """What a workflow decides by: nothing that decides has changed, or what is proved of it."""
    if not found.has_meaning:
        return "equal"
    return "unknown" if meaning is None else str(meaning.verdict)


def _meaning(
    session: Session, compared: Revisions, found: "RepositoryDiff", levels: tuple[str, ...], flags: dict[str, object]
) -> "SemanticDiff | None":
    """What the change means; none where nobody can tell, or nobody asked."""
    demanded = bool(MEANINGS & set(levels) or flags["accept"] or flags["open_world"])
    if flags["structural"] or not found.has_meaning:
        if flags["structural"] and demanded:
            raise UsageError("`--structural` leaves out what the other options ask for", help="leave it out")
        return None
    before = session.git.tree(compared.base)
    after = session.disk if compared.head is None else session.git.tree(compared.head)
    if find_spec("z3") is None:
        meaning = _meaning_without_solver(before, after, found, float(str(flags["timeout_seconds"])))
        if meaning is not None or not demanded:
            # Whoever has no solver still reviews the text; the report says that nothing is proved.
            return meaning
    from bylaw.cli.caching import proofs  # noqa: PLC0415
    from bylaw.pipeline.proving import compare_on_two_cores, proving  # noqa: PLC0415 - the solver is loaded only where something has to be proved
    from bylaw.pipeline.semantic import semantic_diff  # noqa: PLC0415

    started = time.monotonic()
    options = proving(
        lambda: time.monotonic() - started,
        seconds=float(str(flags["timeout_seconds"])),
        open_world=bool(flags["open_world"]),
    )
    memory = None if flags["no_cache"] else proofs(session)
    solve = partial(memory.compare_all, solve=compare_on_two_cores) if memory else compare_on_two_cores
    return semantic_diff(before, after, found, options, solve)


def _meaning_without_solver(
    before: "SourceTree", after: "SourceTree", found: "RepositoryDiff", seconds: float
) -> "SemanticDiff | None":
    """What the change means, where no app that it touches needs a solver."""
    from bylaw.pipeline.proving import unchecked  # noqa: PLC0415
    from bylaw.pipeline.semantic import NO_SOLVER, semantic_diff  # noqa: PLC0415

    started = time.monotonic()
    options = unchecked(lambda: time.monotonic() - started, seconds=seconds)
    meaning = semantic_diff(before, after, found, options, solve=None)
    return None if any(app.reason == NO_SOLVER for app in meaning.apps) else meaning


def _acceptances(session: Session, flags: dict[str, object]) -> "AcceptancesDocument | None":
    if not flags["accept"]:
        return None
    from bylaw.repository.documents.acceptances import AcceptancesDocument  # noqa: PLC0415
    from bylaw.repository.documents.loading import load_document  # noqa: PLC0415
    from bylaw.repository.layout import read_text  # noqa: PLC0415

    path = str(flags["accept"])
    text, problems = read_text(session.disk, path)
    document = None
    if text is not None:
        document, problems = load_document(AcceptancesDocument, text, path)
    if document is None:
        raise InvalidInputError(problems)
    return document


def _codes(
    found: "RepositoryDiff",
    meaning: "SemanticDiff | None",
    levels: tuple[str, ...],
    flags: dict[str, object],
    accepted: "AcceptancesDocument | None",
) -> "tuple[tuple[ExitCode, ...], Text | None]":
    """The exit codes, and what to do about changes of meaning that nobody has accepted."""
    codes = []
    differs = not found.is_empty
    if differs and (flags["detailed_exitcode"] or "any" in levels or ("changed" in levels and found.has_meaning)):
        codes.append(ExitCode.CHANGES_EXIST)
    if meaning is None or not MEANINGS & set(levels):
        return tuple(codes), None
    from bylaw.diff.acceptance import Gate  # noqa: PLC0415
    from bylaw.reporting.semantic import open_text  # noqa: PLC0415

    gate = Gate(levels, accepted)
    if not gate.fails(meaning):
        return tuple(codes), None
    return (*codes, ExitCode.FINDINGS), open_text(meaning, gate)


def _text(
    found: "RepositoryDiff", meaning: "SemanticDiff | None", opened: "Text | None", *, open_world: bool
) -> "Text":
    text = diff_text(found)
    if meaning is not None:
        from bylaw.reporting.semantic import semantic_text  # noqa: PLC0415

        text = semantic_text(meaning, open_world=open_world).append("\n").append_text(text)
    elif found.has_meaning:
        text.append(f"\n{NOT_PROVED}", style="dim")
    return text if opened is None else text.append("\n\n").append_text(opened)


def _sections(found: "RepositoryDiff", meaning: "SemanticDiff | None", *, open_world: bool) -> "list[Section]":
    from bylaw.reporting.semantic import semantic_sections  # noqa: PLC0415

    parts = [] if meaning is None else list(semantic_sections(meaning, open_world=open_world))
    return [*parts, diff_section(found)]
