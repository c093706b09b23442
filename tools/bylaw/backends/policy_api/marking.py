"""Putting another mark, or other words, on a policy that stays what it is.

Behind AgentCore a description is written once, with the policy: an update with one fails in the server, 500
`ParamValidationError`. Then the annotation has to carry the mark.
"""

from dataclasses import dataclass

from bylaw.backends.interface import BackendTerminalError, DesiredObject, LiveObject
from bylaw.backends.policy_api.client import PolicyApi, PolicyBody
from bylaw.backends.policy_api.failures import RefusedError
from bylaw.backends.policy_api.identity import annotated
from bylaw.backends.policy_api.live import MAX_DESCRIPTION, description_of, statement_of
from bylaw.backends.policy_api.records import PolicyRecord
from bylaw.repository.documents.policy_api import PolicyApiTarget


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One policy as it is, and what shall be said of it."""

    record: PolicyRecord
    etag: str | None
    found: LiveObject
    desired: DesiredObject
    options: PolicyApiTarget

    @property
    def is_done(self) -> bool:
        """Whether it says so already, as far as it can."""
        if self.found.mark != self.desired.mark:
            return False
        return self.options.provider == "agentcore" or self._holds(self._whole)

    def carried_out(self, api: PolicyApi) -> PolicyRecord:
        """Change it.

        Raises:
            BackendTerminalError: the mark can stand nowhere.
        """
        if self.options.provider == "agentcore":
            return self._send(api, self._annotation_alone)
        try:
            return self._send(api, self._whole)
        except RefusedError as error:
            if not error.is_upstream or self._whole.description is None:
                raise
        return self._send(api, self._annotation_alone)

    @property
    def _whole(self) -> PolicyBody:
        statement = statement_of(self.found.text, self.desired.mark, self.options)
        wanted = self.desired
        words = description_of(wanted) if self.options.marks_description else wanted.description[:MAX_DESCRIPTION]
        return PolicyBody(statement, None if words == self.record.description else words, None)

    @property
    def _annotation_alone(self) -> PolicyBody:
        statement = annotated(self.found.text, self.desired.mark)
        if statement == self.found.text:
            message = f"object `{self.record.id}` has an `@id` of its own, and its description cannot be changed"
            raise BackendTerminalError(message, help="take the `@id` out")
        return PolicyBody(statement, None, None)

    def _send(self, api: PolicyApi, body: PolicyBody) -> PolicyRecord:
        return self.record if self._holds(body) else api.update_policy(self.record, body, self.etag)

    def _holds(self, body: PolicyBody) -> bool:
        return body.statement == self.record.statement and body.description is None
