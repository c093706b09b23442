"""Names and tokens as the service wants them.

Engines and policies are named `[A-Za-z][A-Za-z0-9_]*`, at most 48 characters, and a name can never be changed. A policy's name is
made of what must never meet under one name: which policy of whom it is, and its content.

    refunds/limits/cap-refund  ->  refunds_limits_cap_refun_k3v9q0zj4m_0123456789ab
                                   |- readable, <= 24 ----| |- whose -||- content -|
"""

import re
from typing import Final

from bylaw.backends.engine_names import MAX_NAME, short_hash
from bylaw.model.digests import SHORT, Digest, canonical_json, digest_text
from bylaw.model.identifiers import PolicyRef
from bylaw.model.marks import Mark

OBJECT_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,47}-[a-z0-9_]{10}")
"""An engine's or policy's id: its name and ten characters of the service's."""


def policy_name(engine: str, mark: Mark, digest: Digest, spare: int = 0) -> str:
    """Name the object in `engine` that holds content `digest` of the policy that `mark` tells: 51 bits of whose it is, 48 of its
    content. Names are unique in an account, so the engine counts. A `spare` name is for content whose own name is held by an object
    that somebody gave other content.

    Two contents, policies, targets or repositories only meet under one name where somebody searched for it; then the service
    refuses the second, and nothing is overwritten.
    """
    whose = short_hash(canonical_json([mark.owner, mark.target, engine, str(mark.ref), spare]))
    ending = f"_{whose}_{digest[:SHORT]}"
    return f"{_readable(mark.ref)[: MAX_NAME - len(ending)].rstrip('_')}{ending}"


def client_token(token: str, attempt: int = 0) -> str:
    """Make of any text a token that the service takes (33 to 256 letters, digits and hyphens); another one for each attempt."""
    return f"bylaw-{digest_text(canonical_json([token, attempt]))}"


def _readable(ref: PolicyRef) -> str:
    slug = re.sub(r"[^a-z0-9]", "_", str(ref))
    return slug if slug[0].isalpha() else f"p_{slug}"
