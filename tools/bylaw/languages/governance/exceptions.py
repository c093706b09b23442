"""What an exception from a `governance` policy is on a target: an object of its own, that permits."""

from bylaw.languages.exceptions import PolicyException
from bylaw.model.exact import Json, json_text


def exception_text(exception: PolicyException) -> str:
    """The exception as JSON: what says nothing left out, keys sorted."""
    document = exception.document
    fields: dict[str, Json] = {
        "exception": exception.name,
        "policy": document.policy,
        "reason": document.reason,
        "approver": document.approver,
        "agent": document.agent,
        "run": document.run,
        "actions": None if document.actions is None else sorted(set(document.actions)),
        "rules": None if document.rules is None else sorted(set(document.rules)),
        "expires_at": None if document.expires_at is None else document.expires_at.isoformat(),
        "max_uses": document.max_uses,
    }
    return json_text({name: value for name, value in sorted(fields.items()) if value is not None})


def is_exception_text(text: str) -> bool:
    """Whether a text found on a target is an exception, and no policy."""
    return text.lstrip().startswith("{") and '"exception": ' in text
