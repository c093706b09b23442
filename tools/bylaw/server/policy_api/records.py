"""What the store holds as the Policy API shows it."""

from typing import Final

from bylaw.backends.local.records import Engine, Policy
from bylaw.model.effects import Mode
from bylaw.server.policy_api.models import EnforcementMode, EngineAnswer, PolicyAnswer

MODES: Final = {EnforcementMode.ACTIVE: Mode.ACTIVE, EnforcementMode.LOG_ONLY: Mode.LOG_ONLY}
_SHOWN: Final = {mode: shown for shown, mode in MODES.items()}


def engine_of(engine: Engine) -> EngineAnswer:
    """One engine; one that nobody has named goes by its id."""
    return EngineAnswer(
        policy_engine_id=engine.name,
        name=engine.name if engine.title is None else engine.title,
        description=engine.description or "",
        status="ACTIVE",
        created_at=engine.created_at,
        updated_at=engine.updated_at,
        schema_=engine.schema,
    )


def policy_of(policy: Policy) -> PolicyAnswer:
    """One policy."""
    return PolicyAnswer(
        policy_id=policy.id,
        policy_engine_id=policy.engine,
        name=policy.name,
        definition=policy.text,
        description=policy.description,
        status="ACTIVE",
        enforcement_mode=_SHOWN[policy.mode],
        created_at=policy.created_at,
        updated_at=policy.updated_at,
        revision=policy.revision,
        version=policy.version,
    )
