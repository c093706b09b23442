"""An app whose policies are documents to the bundle for one target: each document in canonical form, as one object."""

from collections.abc import Mapping

from bylaw.compile.bundle import Bundle, BundledPolicy
from bylaw.compile.capabilities import Capabilities
from bylaw.compile.limits import exceeded, too_many
from bylaw.languages.exceptions import PolicyException
from bylaw.languages.governance.exceptions import exception_text
from bylaw.languages.governance.program import GovernanceFile, GovernanceProgram
from bylaw.languages.http_rules.program import RulesPolicy, RulesProgram
from bylaw.languages.interface import Program
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import CommitId, TargetId
from bylaw.repository.layout import App


def compile_documents(
    app: App,
    program: Program,
    target: TargetId,
    capabilities: Capabilities,
    provenance: Mapping[str, CommitId],
) -> tuple[Bundle, tuple[Diagnostic, ...]]:
    """Compile `app` for `target`. With errors among the diagnostics the bundle is incomplete and must not be planned.

    Raises:
        TypeError: it is a program of another language.
    """
    if not isinstance(program, RulesProgram | GovernanceProgram):
        raise TypeError(program)
    problems = Diagnostics()
    exceptions = program.exceptions if isinstance(program, GovernanceProgram) else ()
    policies = (
        *(_bundled(policy, provenance) for policy in program.policies),
        *(_exception(exception, provenance) for exception in exceptions),
    )
    for policy in policies:
        problems.extend(exceeded(policy, capabilities))
    problems.extend(too_many(app, target, policies, capabilities))
    bundle = Bundle(
        app=app.id,
        target=target,
        language=app.document.language,
        schema=None,
        policies=tuple(sorted(policies, key=lambda policy: policy.ref)),
        protected=app.document.protected,
    )
    return bundle, tuple(problems)


def _bundled(policy: RulesPolicy | GovernanceFile, provenance: Mapping[str, CommitId]) -> BundledPolicy:
    return BundledPolicy(
        ref=policy.ref,
        effect=policy.effect,
        mode=policy.mode,
        text=policy.canonical,
        digest=policy.digest,
        description=policy.description or "",
        source=policy.span(0, len(policy.text)),
        commit=provenance.get(policy.path),
    )


def _exception(exception: PolicyException, provenance: Mapping[str, CommitId]) -> BundledPolicy:
    """An object of its own that permits, so that it comes after what it is from and goes before."""
    text = exception_text(exception)
    return BundledPolicy(
        ref=exception.ref,
        effect=Effect.PERMIT,
        mode=Mode.ACTIVE,
        text=text,
        digest=digest_text(text),
        description=exception.document.reason,
        source=exception.place("policy"),
        commit=provenance.get(exception.path),
    )
