"""The one place that turns an exception into a message and an exit code."""

import os
import re
import sys
from collections.abc import Callable

import click

from bylaw import __version__
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.errors import BylawError, UsageError
from bylaw.model.exit_codes import ExitCode

INTERRUPTED = 130
BROKEN_PIPE = 141
_QUOTED = re.compile(r"'([^'\n]*)'")


def guarded(action: Callable[[], object]) -> int:
    """Run `action`; every way in which it can end has its code. A verb returns its exit code, or nothing for success."""
    try:
        result = action()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        _show(_in_our_words(error).diagnostics)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        # NOTE: the reader went away; without this the interpreter would complain again while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except BylawError as error:
        _show(error.diagnostics)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort of a tool that must end with a code of its own
        return _internal(error)
    return result if isinstance(result, int) else ExitCode.OK


def _in_our_words(error: click.ClickException) -> UsageError:
    """What click complains about, as every other complaint reads."""
    said = _QUOTED.sub(r"`\1`", error.format_message().rstrip("."))
    context = getattr(error, "ctx", None)
    help_ = f"`{context.command_path} --help` says how it is used" if isinstance(context, click.Context) else None
    return UsageError(said[:1].lower() + said[1:], help=help_)


def _show(diagnostics: tuple[Diagnostic, ...]) -> None:
    from bylaw.cli.console import error_console  # noqa: PLC0415 - rich only when there is something to show
    from bylaw.reporting.problem import from_diagnostic  # noqa: PLC0415
    from bylaw.reporting.text import print_problems  # noqa: PLC0415

    print_problems(error_console(), [from_diagnostic(item) for item in diagnostics], {})


def _internal(error: Exception) -> int:
    if os.environ.get("BYLAW_TRACEBACK"):
        raise error
    kind = type(error).__name__
    sys.stderr.write(
        f"internal error: {kind} in bylaw {__version__}\n"
        "  help: this is a bug of ours; run again with `BYLAW_TRACEBACK=1` and report what it prints\n"
    )
    return ExitCode.INTERNAL_ERROR
