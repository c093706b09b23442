"""Writing to the local store, inside one transaction. Each write checks everything before it changes anything."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.local.engine_writing import AGAIN, EngineWriter, token_reuse
from bylaw.backends.local.records import Action, Draft, Engine, Origin, Policy, check_text, visible
from bylaw.backends.local.tables import ENGINE, POLICY, TOKEN, VERSION
from bylaw.model.digests import Digest, digest_text
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError

# Made once: building a statement costs more than running it.
_TOKEN: Final = select(TOKEN).where(TOKEN.c.token == bindparam("token"))
_NEW_TOKEN: Final = insert(TOKEN)
_NEW_POLICY: Final = insert(POLICY)
_NEW_VERSION: Final = insert(VERSION)


class Writer(EngineWriter):
    """Changes the store, and sees its own changes."""

    def on_behalf_of(self, origin: Origin) -> "Writer":
        """Give a writer in the same transaction whose writes are audited under `origin`."""
        return Writer(self._connection, self._clock, self._ids, origin, described=self._described)

    def put_schema(self, engine: str, schema: str | None) -> Engine:
        """Set an engine's schema, and make the engine where it is missing. The schema it has already is no write."""
        check_text(engine + (schema or ""), f"schema of engine `{visible(engine)}`")
        known = self.engine(engine)
        if known is not None and known.schema == schema:
            return known
        now = self._clock()
        digest = None if schema is None else digest_text(schema)
        before = known.schema_digest if known is not None else None
        self._ensure_engine(engine, now)
        row = {"schema_text": schema, "schema_digest": digest, "updated_at": now}
        self._connection.execute(update(ENGINE).where(ENGINE.c.name == engine).values(row))
        self._audit_write(Action.SCHEMA, now, engine, None, before, digest)
        return Engine(engine, schema, digest, known.created_at if known is not None else now, now)

    def create_policy(self, engine: str, draft: Draft, token: str) -> Policy:
        """Make a policy with its first version, and the engine where it is missing.

        The same token and draft again answer the policy that they made, for as long as it lives. A token that stands for other
        content, or a name that is taken, is a ConflictError.
        """
        draft.check()
        check_text(engine + token, f"engine or token of policy `{draft.name}`")
        request = draft.request(engine)
        known = self._receipt(token, request)
        if known is not None:
            return known
        self._check_name(engine, draft.name, besides=None)
        now, policy_id = self._clock(), self._ids()
        self._ensure_engine(engine, now)
        self._connection.execute(
            _NEW_POLICY,
            {
                "id": policy_id,
                "engine": engine,
                "name": draft.name,
                "mode": draft.mode,
                "description": draft.description,
                "revision": 1,
                "created_at": now,
                "updated_at": now,
            },
        )
        self._add_version(policy_id, 1, draft, now)
        self._keep_receipt(token, request, policy_id, now)
        return self._audited(Action.CREATE, policy_id, now, before=None)

    def put_version(self, policy_id: str, revision: int, draft: Draft, token: str) -> Policy:
        """Make a live policy at `revision` what `draft` says; other content (text, language, effect) is a new version.

        Tokens work as they do for `create_policy`. Another revision, or a name that is taken, is a ConflictError.
        """
        draft.check()
        check_text(token, f"token of policy `{draft.name}`")
        request = draft.request(policy_id)
        known = self._receipt(token, request)
        if known is not None:
            return known
        policy = self._at(policy_id, revision)
        self._check_name(policy.engine, draft.name, besides=policy_id)
        now = self._clock()
        self._touch(policy, now, name=draft.name, mode=draft.mode, description=draft.description)
        if (policy.text, policy.language, policy.effect) != (draft.text, draft.language, draft.effect):
            self._retire_version(policy_id, now)
            self._add_version(policy_id, policy.version + 1, draft, now)
        self._keep_receipt(token, request, policy_id, now)
        return self._audited(Action.UPDATE, policy_id, now, before=policy.sha256)

    def set_mode(self, policy_id: str, revision: int, mode: Mode) -> Policy:
        """Bring a live policy at `revision` into or out of force. The mode it has already is no write."""
        policy = self._at(policy_id, revision)
        if policy.mode is mode:
            return policy
        now = self._clock()
        self._touch(policy, now, mode=mode)
        return self._audited(Action.MODE, policy_id, now, before=policy.sha256)

    def delete_policy(self, policy_id: str, revision: int) -> None:
        """Delete a live policy at `revision`. Its versions stay; its name and its tokens are free again."""
        policy = self._at(policy_id, revision)
        now = self._clock()
        self._touch(policy, now, deleted_at=now)
        self._retire_version(policy_id, now)
        self._connection.execute(delete(TOKEN).where(TOKEN.c.policy_id == policy_id))
        self._audit_write(Action.DELETE, now, policy.engine, policy_id, policy.sha256, None)

    def _receipt(self, token: str, request: Digest) -> Policy | None:
        """Find the policy that a call with this token has made or changed already."""
        row = self._connection.execute(_TOKEN, {"token": token}).one_or_none()
        if row is None:
            return None
        if row.request != request:
            raise token_reuse(token)
        return self._written_policy(row.policy_id)

    def _keep_receipt(self, token: str, request: Digest, policy_id: str, now: datetime) -> None:
        row = {"token": token, "request": request, "policy_id": policy_id, "created_at": now}
        self._connection.execute(_NEW_TOKEN, row)

    def _check_name(self, engine: str, name: str, *, besides: str | None) -> None:
        holder = self.find(engine, name)
        if holder is not None and holder.id != besides:
            raise ConflictError(
                f"name `{name}` in engine `{engine}` is held by policy `{holder.id}`",
                help="import that policy, or give yours another name",
            )

    def _at(self, policy_id: str, revision: int) -> Policy:
        policy = self.policy(policy_id)
        if policy is None:
            raise ConflictError(f"policy `{policy_id}` does not exist any more", help=AGAIN)
        if policy.revision != revision:
            raise ConflictError(
                f"policy `{policy.name}` is at revision {policy.revision}, expected {revision}", help=AGAIN
            )
        return policy

    def _touch(self, policy: Policy, now: datetime, **values: object) -> None:
        """Change a policy's row, unless somebody else did since we read it."""
        unchanged = (POLICY.c.id == policy.id, POLICY.c.revision == policy.revision, POLICY.c.deleted_at.is_(None))
        row = {"revision": policy.revision + 1, "updated_at": now, **values}
        if self._connection.execute(update(POLICY).where(*unchanged).values(row)).rowcount != 1:
            raise ConflictError(f"policy `{policy.name}` was changed by somebody else at the same time", help=AGAIN)

    def _add_version(self, policy_id: str, number: int, draft: Draft, now: datetime) -> None:
        self._connection.execute(
            _NEW_VERSION,
            {
                "policy_id": policy_id,
                "number": number,
                "language": draft.language,
                "effect": draft.effect,
                "text": draft.text,
                "sha256": digest_text(draft.text),
                "author": draft.author,
                "commit_id": draft.commit,
                "created_at": now,
            },
        )

    def _retire_version(self, policy_id: str, now: datetime) -> None:
        in_use = (VERSION.c.policy_id == policy_id, VERSION.c.retired_at.is_(None))
        self._connection.execute(update(VERSION).where(*in_use).values(retired_at=now))

    def _audited(self, action: Action, policy_id: str, now: datetime, *, before: str | None) -> Policy:
        policy = self._written_policy(policy_id)
        self._audit_write(action, now, policy.engine, policy_id, before, policy.sha256, of=policy)
        return policy

    def _written_policy(self, policy_id: str) -> Policy:
        policy = self.policy(policy_id)
        if policy is None:
            raise BackendTerminalError(
                f"policy `{policy_id}` was written, but does not exist", help="restore the database from a backup"
            )
        return policy
