"""`bylaw schema generate`."""

import sys
from pathlib import Path

import click

from bylaw.cli.options import problems_of
from bylaw.cli.output import Report, show, write_file
from bylaw.cli.schema_options import derivation_options
from bylaw.cli.session import Session
from bylaw.generation.json_writer import schema_json_text
from bylaw.generation.source import MAX_JSON_BYTES, Source, is_target_name
from bylaw.generation.tools import Options
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.schema import Generated, gateway_sources, generate, read_file
from bylaw.reporting.schema import GeneratedSchema, generated_text
from bylaw.repository.layout import load_settings

STANDARD_INPUT = "-"


@click.command("generate")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--target", "targets", multiple=True, metavar="NAME=FILE", help="A source, and the target whose tools it has."
)
@click.option(
    "--gateway", "gateways", multiple=True, metavar="TARGET", help="The gateway of this target of bylaw.yaml; reads it."
)
@derivation_options
@click.option(
    "--syntax",
    type=click.Choice(["cedar", "json"]),
    default="cedar",
    show_default=True,
    help="The form of the schema.",
)
@click.option(
    "-o", "--output", "place", metavar="FILE", default="-", help="Where the schema goes; `-` is standard output."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to report what was found.",
)
@click.pass_obj
def generate_command(
    session: Session,
    /,
    *,
    sources: tuple[str, ...],
    targets: tuple[str, ...],
    gateways: tuple[str, ...],
    options: Options,
    syntax: str,
    place: str,
    format_: str,
) -> int:
    """Derive the Cedar schema that an AgentCore gateway derives from its tools.

    SOURCE is the JSON of MCP `tools/list`, or of the targets of a gateway. An OpenAPI file, and a list whose tools are not called
    `<Target>___<tool>`, need `--target`, which also stands in for a target that `--gateway` cannot read. `-` is standard input.
    Nothing is written that the Cedar engine does not accept: then the exit code is 3.
    """
    named = [_target_source(given) for given in targets]
    read, doubts = _of_gateways(session, gateways, {str(source.target) for source in named})
    files = [*(_source(path) for path in sources), *named]
    if not files and not gateways:
        raise UsageError("no source", help="name a file of tools, `--target NAME=FILE`, or `--gateway TARGET`")
    found = generate([*files, *read], options, doubts)
    result = _written(found, options.namespace, syntax, place)
    report = _generation_report(found, result)
    return show(report, format_) if format_ == "json" or place != "-" else _schema_on_output(report, result)


def _of_gateways(session: Session, gateways: tuple[str, ...], known: set[str]) -> tuple[list[Source], list[Diagnostic]]:
    sources: list[Source] = []
    doubts: list[Diagnostic] = []
    if gateways:
        problems = Diagnostics()
        settings, _ = load_settings(session.disk, problems)
        if problems.has_errors:
            raise InvalidInputError(problems)
        for name in dict.fromkeys(gateways):
            read, said = gateway_sources(settings, name, known)
            sources += read
            doubts += said
    return sources, doubts


def _written(found: Generated, namespace: str, syntax: str, place: str) -> GeneratedSchema:
    derived = found.derived
    text = derived.text if derived else None
    if derived and syntax == "json":
        text = schema_json_text(namespace, derived.schema)
    if text is not None and place != "-":
        write_file(place, text)
    return GeneratedSchema(derived, text, None if place == "-" else place)


def _generation_report(found: Generated, result: GeneratedSchema) -> Report:
    problems = problems_of(found.diagnostics)
    return Report(
        command="schema",
        exit_codes=() if found.derived else (ExitCode.INVALID_INPUT,),
        problems=problems,
        text=lambda: generated_text(result, problems),
        results=lambda: [result],
        sources=found.sources,
    )


def _schema_on_output(report: Report, result: GeneratedSchema) -> int:
    """The schema alone goes to standard output: it may be piped to a file."""
    from bylaw.cli.console import error_console  # noqa: PLC0415 - rich's console only here
    from bylaw.reporting.text import print_problems  # noqa: PLC0415

    console = error_console()
    print_problems(console, report.problems, report.sources)
    console.print(generated_text(result, report.problems), end="")
    if result.text is not None:
        sys.stdout.write(result.text)
    return report.exit_code


def _source(path: str, target: str | None = None) -> Source:
    if path == STANDARD_INPUT:
        return Source("standard input", sys.stdin.buffer.read(MAX_JSON_BYTES + 1), target)
    return Source(path, read_file(Path(path), path), target)


def _target_source(given: str) -> Source:
    """`NAME=FILE`."""
    name, equals, path = given.partition("=")
    if not equals or not path:
        raise UsageError(f"`--target {given}` names no file", help="write `--target NAME=FILE`")
    if not is_target_name(name):
        help_ = "letters and digits, single hyphens between them, at most 100"
        raise UsageError(f"`{name}` cannot name a gateway target", help=help_)
    return _source(path, name)
