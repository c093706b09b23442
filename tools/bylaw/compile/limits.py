"""What a target has no room for: long and short policies, modes, many policies, large sets of them."""

from collections.abc import Iterable, Iterator

from bylaw.compile.bundle import BundledPolicy
from bylaw.compile.capabilities import Capabilities
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.identifiers import TargetId
from bylaw.model.spans import Span
from bylaw.repository.layout import App

NEARLY_FULL = 0.8
"""The share of a size from which a person should know of it."""


def exceeded(policy: BundledPolicy, capabilities: Capabilities) -> Iterator[Diagnostic]:
    """What a policy has that a target does not take."""
    length, most, least = len(policy.text), capabilities.max_statement_length, capabilities.min_statement_length
    kind = capabilities.kind
    if most is not None and length > most:
        message = f"`{policy.ref}` has {length:,} characters, `{kind}` takes {most:,}"
        yield Diagnostic(
            "statement-too-long", message, policy.source, "split the policy, or move lists of ids into entities"
        )
    if least is not None and length < least:
        message = f"`{policy.ref}` has {length} characters, `{kind}` takes no fewer than {least}"
        yield Diagnostic("statement-too-short", message, policy.source, "constrain the policy, or annotate it")
    if policy.mode not in capabilities.modes:
        message = f"`{kind}` cannot hold `{policy.ref}` in mode `{policy.mode}`"
        known = ", ".join(sorted(mode.value for mode in capabilities.modes))
        yield Diagnostic("unsupported-mode", message, policy.source, f"use one of: {known}")


def too_many(
    app: App, target: TargetId, policies: Iterable[BundledPolicy], capabilities: Capabilities
) -> Iterator[Diagnostic]:
    """Whether an app has more policies, or larger ones, than a target takes."""
    held, at = tuple(policies), app.places.span(("app",))
    count, most = len(held), capabilities.max_policies
    if most is not None and count > most:
        message = f"`{app.id}` has {count:,} policies, an engine of `{target}` takes {most:,}"
        yield Diagnostic("too-many-policies", message, at, "split the app, or merge policies")
    size = sum(len(policy.text.encode()) for policy in held)
    yield from sized(f"the policies of `{app.id}` have", size, capabilities.max_engine_bytes, target, at)


def sized(what: str, size: int, most: int | None, target: TargetId, at: Span) -> Iterator[Diagnostic]:
    """An error over the limit, a warning when it is near."""
    if most is None or size < most * NEARLY_FULL:
        return
    message = f"{what} {size:,} bytes, `{target}` takes {most:,}"
    over = size > most
    severity = Severity.ERROR if over else Severity.WARNING
    yield Diagnostic("too-large" if over else "nearly-too-large", message, at, "split the app", severity)
