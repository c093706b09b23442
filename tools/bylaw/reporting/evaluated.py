"""One decision."""

from bylaw.model.decisions import Answer
from bylaw.reporting.json_v1 import Json


def answer_json(answer: Answer) -> Json:
    """A decision with what determined it."""
    return {
        "decision": str(answer.decision),
        "determining": list(answer.determining),
        "errors": [{"policy": error.policy, "message": error.message} for error in answer.errors],
        "reason_codes": list(answer.reason_codes),
    }
