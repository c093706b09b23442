"""Options of both `bylaw schema` commands: what is made of a tool."""

from collections.abc import Callable
from functools import wraps

import click

from bylaw.generation.derive import is_namespace
from bylaw.generation.tools import EnumMapping, FormatMapping, Options
from bylaw.model.errors import UsageError

_DEFAULTS = Options()


def derivation_options(command: Callable[..., int]) -> Callable[..., int]:
    """The options that decide what is made of a tool; the command takes them as one, `options`."""

    @wraps(command)
    def called(*arguments: object, namespace: str, enum: str, formats: str, **given: object) -> int:
        return command(*arguments, options=_options(namespace, enum, formats), **given)

    options = (
        click.option(
            "--namespace", default=_DEFAULTS.namespace, show_default=True, help="The namespace of the schema."
        ),
        click.option(
            "--enum",
            type=click.Choice([choice.value for choice in EnumMapping]),
            default=_DEFAULTS.enums.value,
            show_default=True,
            help="What a string with fixed choices becomes.",
        ),
        click.option(
            "--formats",
            type=click.Choice([choice.value for choice in FormatMapping]),
            default=_DEFAULTS.formats.value,
            show_default=True,
            help="What a string with a format like `date-time` or `ipv4` becomes.",
        ),
    )
    decorated: Callable[..., int] = called
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def _options(namespace: str, enum: str, formats: str) -> Options:
    if not is_namespace(namespace):
        raise UsageError(f"`{namespace}` is no namespace", help="write identifiers, joined by `::`")
    return Options(namespace, EnumMapping(enum), FormatMapping(formats))
