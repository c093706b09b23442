"""Bundles of a workspace: every app for each of its targets."""

import json
from collections.abc import Iterable, Iterator, Mapping

from bylaw.backends.capabilities import CAPABILITIES, capabilities_of
from bylaw.compile.bundle import Bundle
from bylaw.compile.registry import COMPILERS, deployed_in
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.digests import digest_text
from bylaw.model.effects import Mode
from bylaw.model.identifiers import CommitId, TargetId
from bylaw.pipeline.workspace import Workspace
from bylaw.repository.layout import App


def compile_workspace(
    workspace: Workspace,
    targets: Iterable[str] = (),
    provenance: Mapping[str, CommitId] | None = None,
) -> tuple[tuple[Bundle, ...], tuple[Diagnostic, ...]]:
    """Compile each app for each target it names; `targets` restricts them (none: all)."""
    wanted = frozenset(targets)
    problems = Diagnostics()
    bundles = []
    for app in workspace.apps:
        for name in app.document.targets:
            if wanted and name not in wanted:
                continue
            bundle = _compile(workspace, app, TargetId(name), provenance or {}, problems)
            if bundle is not None:
                bundles.append(bundle)
    return tuple(bundles), tuple(problems)


def _compile(
    workspace: Workspace, app: App, target: TargetId, provenance: Mapping[str, CommitId], problems: Diagnostics
) -> Bundle | None:
    at = app.places.key_span(("targets", target))
    settings = workspace.settings.targets.get(target)
    if settings is None:
        known = ", ".join(workspace.settings.targets) or "none"
        problems.add(Diagnostic("unknown-target", f"`bylaw.yaml` has no target `{target}`", at, f"targets: {known}"))
        return None
    capabilities = capabilities_of(settings)
    if capabilities is None:
        span = workspace.repository.places.span(("targets", target, "backend")) if workspace.repository.places else None
        known = ", ".join(CAPABILITIES)
        problems.add(Diagnostic("unknown-backend", f"no backend `{settings.backend}`", span, f"backends: {known}"))
        return None
    language = app.document.language
    spoken = deployed_in(language, capabilities)
    if spoken is None:
        message = f"target `{target}` (`{settings.backend}`) cannot enforce `{language}`"
        problems.add(Diagnostic("unsupported-language", message, at, "deploy the app to another target"))
        return None
    staged = [stage.mode for stage in settings.rollout.stages] if settings.rollout is not None else []
    if "log_only" in staged and Mode.LOG_ONLY not in capabilities.modes:
        message = f"target `{target}` (`{settings.backend}`) has no `log_only`, which its `rollout` needs"
        problems.add(Diagnostic("unsupported-mode", message, at, "leave that stage out"))
    compiler = COMPILERS[language, spoken]
    bundle, found = compiler(app, workspace.programs[app.id], target, capabilities, provenance)
    problems.extend(found)
    problems.extend(left_out(workspace, bundle))
    return bundle


def left_out(workspace: Workspace, bundle: Bundle) -> Iterator[Diagnostic]:
    """What a target does not enforce of an app: an error, unless `app.yaml` says that the rest is wanted there."""
    if not bundle.unenforced:
        return
    app = next(app for app in workspace.apps if app.id == bundle.app)
    is_partial = app.document.targets[bundle.target].partial
    settings = workspace.settings.targets
    able = [
        f"`{name}`"
        for name, target in settings.items()
        if (capabilities := capabilities_of(target)) and app.document.language in capabilities.languages
    ]
    elsewhere = f"targets that can: {', '.join(able)}" if able else "a `local` target can"
    for item in bundle.unenforced:
        backend = settings[bundle.target].backend
        message = f"`{item.construct}` of `{item.ref}` is not enforced by target `{bundle.target}` (`{backend}`): {item.reason}"
        if is_partial:
            yield Diagnostic("not-enforced", message, item.place, elsewhere, Severity.WARNING)
        else:
            remedy = f"{elsewhere}; `partial: true` for `{bundle.target}` in `app.yaml` deploys the rest there"
            yield Diagnostic("not-enforced", message, item.place, remedy)


_SUFFIXES = {"cedar": ".cedar", "http-rules": ".json", "governance": ".json"}
"""Of the canonical text of a policy."""


def bundle_files(bundle: Bundle, tool_version: str) -> Iterator[tuple[str, str]]:
    """The files of one bundle below `<target>/<app>/`: each policy, the schema, and a manifest with digests and provenance."""
    folder = f"{bundle.target}/{bundle.app}"
    for policy in bundle.policies:
        yield f"{folder}/policies/{policy.ref.policy}{_SUFFIXES[bundle.language]}", policy.text
    if bundle.schema is not None:
        yield f"{folder}/schema.cedarschema", bundle.schema
    yield f"{folder}/manifest.json", manifest(bundle, tool_version)


def manifest(bundle: Bundle, tool_version: str) -> str:
    """What the bundle holds and where it comes from, as JSON."""
    document = {
        "format": "bylaw-bundle/1",
        "tool": {"name": "bylaw", "version": tool_version},
        "app": bundle.app,
        "target": bundle.target,
        "language": bundle.language,
        "digest": bundle.digest,
        "schema": digest_text(bundle.schema) if bundle.schema is not None else None,
        "policies": [
            {
                "id": policy.ref.policy,
                "effect": policy.effect,
                "mode": policy.mode,
                "digest": policy.digest,
                "description": policy.description,
                "source": policy.source.path,
                "line": policy.source.start.line,
                "commit": policy.commit,
            }
            for policy in bundle.policies
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
