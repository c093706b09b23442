"""`physical-id`."""

import re
from collections.abc import Iterable, Iterator

from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Entity, String
from bylaw.languages.cedar.walk import entities, nodes
from bylaw.model.diagnostics import Severity

_KINDS = {
    "arn": r"\barn:aws[a-z-]*:[a-z0-9-]+:",
    "uuid": r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b",
    "account": r"(?<![0-9.-])[0-9]{12}(?![0-9.-])",
}
_PHYSICAL = re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in _KINDS.items()))
_LONG_NUMBER = re.compile("[0-9]{12}")
_UUID_END = re.compile("-[0-9a-fA-F]{12}")
_NAMES = {"arn": "an ARN", "uuid": "a UUID", "account": "an account number"}


class PhysicalId(PolicyRule):
    """An id of one deployment, written into the policy.

    ## What it finds

    An entity id or a string that holds an ARN, a UUID or a number of twelve digits, as cloud accounts have.

    ## Why it matters

    The policy means something on one target only. Rolled out anywhere else it silently covers nothing, and a rebuilt gateway
    with a new ARN takes its guardrails off.

    ## Example

    ```cedar
    permit (principal is Agent, action, resource == Gateway::"arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/pay");
    ```

    ## Instead

    Name it, and map the name for each target in `app.yaml`:

    ```cedar
    permit (principal is Agent, action, resource == Gateway::"payments");
    ```

    ```yaml
    logical: [Gateway]
    targets:
      prod: {names: {Gateway: {payments: "arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/pay"}}}
    ```
    """

    id = "physical-id"
    area = Area.PORTABILITY
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Every literal that looks like one."""
        # Nearly every file is done after this one look at its text.
        return self._report(view) if _may_hold_one(view.policy.text) else ()

    def _report(self, view: PolicyView) -> Iterator[Hit]:
        for literal, text in _texts(view):
            found = _PHYSICAL.search(text)
            if found is not None and found.lastgroup is not None:
                message = f"{code(text, 40)} holds {_NAMES[found.lastgroup]}, which is another one on every target"
                remedy = "use a logical name, mapped for each target in `app.yaml`"
                yield self.on(view, literal, message, help=remedy)


def _texts(view: PolicyView) -> Iterator[tuple[Entity | String, str]]:
    for entity in entities(view.statement):
        yield entity, entity.id
    yield from ((node, node.value) for node in nodes(view.statement) if isinstance(node, String))


def _may_hold_one(text: str) -> bool:
    """Cheaper than the real pattern, and true rather once too often."""
    return "arn:" in text or _LONG_NUMBER.search(text) is not None or _UUID_END.search(text) is not None
