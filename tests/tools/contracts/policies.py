"""Policies as the contract suites deploy them."""

from dataclasses import replace

from bylaw.backends.interface import DesiredObject, Observed
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import PolicyRef, TargetId
from bylaw.model.marks import Mark

OWNER = "acme/policies"
TARGET = TargetId("prod")
ENGINE = "refunds"

DIFFICULT = {
    "not ascii": "Grüße, 你好, 🦆, e\u0301, \u202e",
    "like sql": "'; drop table bylaw_policy; -- %s :name ? $1 {0}",
    "like markup": "<script>alert(1)</script> &amp; ${{ secrets }} ::error::",
    "backslashes": r"\\ \u{0} \n % _",
    "long": "x" * 10_000,
}


def statement(limit: int = 1, effect: Effect = Effect.PERMIT, note: str = "") -> str:
    """A Cedar statement, another one for each argument."""
    escaped = note.replace("\\", "\\\\").replace('"', '\\"')
    return f'{effect} (principal, action, resource) when {{ context.amount < {limit} && context.note != "{escaped}" }};'


def desired(name: str = "limits/cap-refund", text: str = statement(), **other: object) -> DesiredObject:
    """What the contract deploys: a policy of app `refunds`; `other` replaces fields."""
    ref = PolicyRef.parse(f"{ENGINE}/{name}")
    digest = digest_text(text)
    base = DesiredObject(
        ref=ref,
        effect=Effect.FORBID if text.startswith("forbid") else Effect.PERMIT,
        mode=Mode.ACTIVE,
        language="cedar",
        text=text,
        digest=digest,
        description="caps a refund",
        mark=Mark.of(OWNER, TARGET, ref, digest),
        author="ada",
        commit="a" * 40,
    )
    return replace(base, **other)  # type: ignore[arg-type]


def ids(observed: Observed) -> list[str]:
    return [live.id for live in observed.objects]
