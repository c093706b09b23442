"""What the bundles of a target want to stand there."""

from collections.abc import Iterable, Mapping

from bylaw.backends.interface import DesiredObject
from bylaw.compile.bundle import Bundle, BundledPolicy
from bylaw.model.digests import Digest, digest_json
from bylaw.model.identifiers import TargetId
from bylaw.model.marks import Mark


def desired_objects(
    bundles: Iterable[Bundle], owner: str, target: TargetId, authors: Mapping[str, str]
) -> tuple[DesiredObject, ...]:
    """One object for each policy of each bundle, sorted by policy. `authors` maps commits to who wrote them."""
    objects = [
        _desired(policy, bundle.language, owner, target, authors) for bundle in bundles for policy in bundle.policies
    ]
    return tuple(sorted(objects, key=lambda item: item.ref))


def _desired(
    policy: BundledPolicy, language: str, owner: str, target: TargetId, authors: Mapping[str, str]
) -> DesiredObject:
    return DesiredObject(
        ref=policy.ref,
        effect=policy.effect,
        mode=policy.mode,
        language=language,
        text=policy.text,
        digest=policy.digest,
        description=policy.description,
        mark=Mark.of(owner, target, policy.ref, policy.digest),
        author=authors.get(policy.commit or "", ""),
        commit=policy.commit or "",
        source=str(policy.source),
    )


def bundles_digest(bundles: Iterable[Bundle]) -> Digest:
    """One digest over all bundles of a target."""
    return digest_json(sorted([bundle.app, bundle.digest] for bundle in bundles))
