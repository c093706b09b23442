"""What every managed backend does, whatever it is made of.

An implementation goes through it by subclassing, in `tests/tools/backends/test_<kind>.py`:

    class TestMine(BackendContract, TransactionalContract):     # or SideBySideContract; and BoundedContract
        @pytest.fixture
        def backend(self) -> Iterator[Backend]: ...             # opened by `connection(reader)`, empty
        @pytest.fixture
        def outsider(self, backend) -> Outsider: ...            # writes to the same store without being the reconciler

Deployed text is Cedar, in its own canonical form as far as the contract goes.
"""

from dataclasses import replace
from typing import Protocol

import pytest

from bylaw.backends.interface import Backend, BackendTerminalError, LiveObject, Observed, Status
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import ConflictError, InternalError
from bylaw.model.identifiers import AppId, PolicyRef
from bylaw.model.marks import Mark
from tools.contracts.policies import DIFFICULT, ENGINE, OWNER, TARGET, desired, ids, statement
from tools.fakes.tiny_language import canonical, read_tiny


class Outsider(Protocol):
    """Somebody else who writes to the same store."""

    def add(self, engine: str, text: str, description: str = "") -> str:
        """Put an object in, and answer its id."""

    def edit(self, object_id: str, text: str) -> None:
        """Replace an object's text, leaving its description alone."""


class BackendContract:
    """Holds for every backend."""

    def test_a_new_store_holds_nothing(self, backend: Backend) -> None:
        assert backend.observe() == Observed((), ())

    def test_what_is_created_reads_back_as_desired(self, backend: Backend) -> None:
        wanted = desired()

        created = backend.create(ENGINE, wanted, "1")

        assert backend.read(ENGINE, created.id) == created
        assert created == LiveObject(
            id=created.id,
            engine=ENGINE,
            language="cedar",
            text=wanted.text,
            digest=wanted.digest,
            effect=Effect.PERMIT,
            mode=Mode.ACTIVE,
            status=Status.ACTIVE,
            mark=wanted.mark,
            version=created.version,
        )

    def test_an_app_always_lives_in_the_same_engine(self, backend: Backend) -> None:
        assert backend.engine_of(AppId("refunds")) == backend.engine_of(AppId("refunds"))

    def test_observing_shows_what_reading_shows(self, backend: Backend) -> None:
        backend.create(ENGINE, desired("one"), "1")
        backend.create(ENGINE, desired("two", statement(2, Effect.FORBID)), "2")

        observed = backend.observe()

        assert [backend.read(live.engine, live.id) for live in observed.objects] == list(observed.objects)

    def test_observing_twice_gives_the_same_order_and_digest(self, backend: Backend) -> None:
        for number in range(7):
            backend.create(ENGINE, desired(f"policy-{number}", statement(number)), str(number))

        first, second = backend.observe(), backend.observe()

        assert first == second
        assert first.digest == second.digest
        assert ids(first) == sorted(ids(first))

    def test_a_listing_of_many_objects_is_complete(self, backend: Backend) -> None:
        with backend.transaction():
            made = [backend.create(ENGINE, desired(f"policy-{n}", statement(n)), str(n)).id for n in range(257)]

        assert ids(backend.observe()) == sorted(made)

    def test_what_does_not_exist_reads_as_none(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")

        assert backend.read(ENGINE, "no-such-object") is None
        assert backend.read("no-such-engine", created.id) is None

    @pytest.mark.parametrize("note", DIFFICULT.values(), ids=DIFFICULT)
    def test_text_survives_unchanged(self, backend: Backend, note: str) -> None:
        room = backend.capabilities.max_statement_length or 20_000
        text = statement(note=note[: room - len(statement()) - 50])

        created = backend.create(ENGINE, desired(text=text), "1")

        read = backend.read(ENGINE, created.id)
        assert read is not None
        assert (read.text, read.digest) == (text, digest_text(text))

    @pytest.mark.parametrize(
        "description",
        ["", "two\nlines\n", "  padded  ", "Grüße '; --", "bylaw: 1 evil/repo prod refunds/other 0123456789ab"],
    )
    def test_the_mark_survives_beside_any_description(self, backend: Backend, description: str) -> None:
        wanted = desired(description=description)

        created = backend.create(ENGINE, wanted, "1")

        read = backend.read(ENGINE, created.id)
        assert read is not None
        assert read.mark == wanted.mark

    def test_the_target_digest_changes_with_every_write(self, backend: Backend) -> None:
        digests = [backend.observe().digest]
        created = backend.create(ENGINE, desired(), "1")
        digests.append(backend.observe().digest)
        changed = backend.set_mode(created, Mode.LOG_ONLY)
        digests.append(backend.observe().digest)
        backend.put_schema(ENGINE, "entity User;")
        digests.append(backend.observe().digest)
        backend.delete(changed)
        digests.append(backend.observe().digest)

        assert len(set(digests)) == len(digests)

    # Tokens.

    def test_a_repeated_create_is_recognised(self, backend: Backend) -> None:
        first = backend.create(ENGINE, desired(), "token")

        again = backend.create(ENGINE, desired(), "token")

        assert again == first
        assert ids(backend.observe()) == [first.id]

    def test_a_token_does_not_stand_for_other_content(self, backend: Backend) -> None:
        first = backend.create(ENGINE, desired(), "token")

        with pytest.raises(ConflictError):
            backend.create(ENGINE, desired(text=statement(2)), "token")

        assert backend.observe().objects == (first,)

    def test_a_token_is_free_again_once_its_object_is_deleted(self, backend: Backend) -> None:
        first = backend.create(ENGINE, desired(), "token")
        backend.delete(first)

        second = backend.create(ENGINE, desired(), "token")

        assert second.id != first.id
        assert ids(backend.observe()) == [second.id]

    def test_a_name_cannot_be_taken_twice(self, backend: Backend) -> None:
        first = backend.create(ENGINE, desired(), "1")

        with pytest.raises(ConflictError):
            backend.create(ENGINE, desired(), "2")

        assert backend.observe().objects == (first,)

    # Versions.

    def test_every_change_gives_another_version(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")

        silent = backend.set_mode(created, Mode.LOG_ONLY)
        loud = backend.set_mode(silent, Mode.ACTIVE)

        assert len({created.version, silent.version, loud.version}) == 3

    def test_a_stale_mode_change_is_a_conflict(self, backend: Backend) -> None:
        stale = backend.create(ENGINE, desired(), "1")
        current = backend.set_mode(stale, Mode.LOG_ONLY)

        with pytest.raises(ConflictError):
            backend.set_mode(stale, Mode.ACTIVE)

        assert backend.observe().objects == (current,)

    def test_a_stale_update_is_a_conflict(self, backend: Backend) -> None:
        stale = backend.create(ENGINE, desired(), "1")
        current = backend.set_mode(stale, Mode.LOG_ONLY)

        with pytest.raises(ConflictError), backend.transaction():
            backend.update(stale, desired(mode=Mode.LOG_ONLY, description="other"), "2")

        assert backend.observe().objects == (current,)

    def test_a_stale_delete_is_a_conflict(self, backend: Backend) -> None:
        stale = backend.create(ENGINE, desired(), "1")
        current = backend.set_mode(stale, Mode.LOG_ONLY)

        with pytest.raises(ConflictError):
            backend.delete(stale)

        assert backend.observe().objects == (current,)

    # Modes.

    def test_a_policy_may_start_out_of_force(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(mode=Mode.LOG_ONLY), "1")

        assert created.mode is Mode.LOG_ONLY
        assert backend.observe().objects == (created,)

    def test_a_mode_change_leaves_everything_else(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")

        changed = backend.set_mode(created, Mode.LOG_ONLY)

        assert changed == replace(created, mode=Mode.LOG_ONLY, version=changed.version)
        assert backend.read(ENGINE, created.id) == changed

    def test_setting_the_present_mode_changes_nothing(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")

        assert backend.set_mode(created, Mode.ACTIVE) == created

    def test_the_mode_of_a_deleted_object_cannot_be_set(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")
        backend.delete(created)

        with pytest.raises(ConflictError):
            backend.set_mode(created, Mode.LOG_ONLY)

    # Deleting.

    def test_a_deleted_object_is_gone(self, backend: Backend) -> None:
        kept = backend.create(ENGINE, desired("kept"), "1")
        gone = backend.create(ENGINE, desired("gone"), "2")

        backend.delete(gone)

        assert backend.read(ENGINE, gone.id) is None
        assert backend.observe().objects == (kept,)

    def test_deleting_what_is_gone_is_no_error(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")

        backend.delete(created)
        backend.delete(created)

        assert backend.observe().objects == ()

    def test_ids_are_never_used_again(self, backend: Backend) -> None:
        seen = set()
        for number in range(5):
            created = backend.create(ENGINE, desired(), f"token-{number}")
            seen.add(created.id)
            backend.delete(created)

        assert len(seen) == 5

    # Metadata.

    def test_new_metadata_leaves_the_content(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")
        moved = PolicyRef.parse(f"{ENGINE}/moved/cap-refund")

        changed = backend.update(
            created, desired(ref=moved, mark=Mark.of(OWNER, TARGET, moved, desired().digest), description="moved"), "2"
        )

        assert changed == replace(created, mark=changed.mark, version=changed.version)
        assert changed.mark is not None
        assert changed.mark.ref == moved
        assert backend.observe().objects == (changed,)

    def test_a_repeated_update_is_recognised(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")
        first = backend.update(created, desired(description="other"), "2")

        again = backend.update(created, desired(description="other"), "2")

        assert again == first
        assert backend.observe().objects == (first,)

    # Schema.

    def test_a_schema_is_kept_and_can_be_taken_away(self, backend: Backend) -> None:
        text = "entity User;\n// Grüße '; --\n"

        backend.put_schema(ENGINE, text)
        kept = backend.observe().engines
        backend.put_schema(ENGINE, None)
        taken = backend.observe().engines

        assert [(engine.name, engine.schema) for engine in (*kept, *taken)] == [(ENGINE, text), (ENGINE, None)]

    def test_the_same_schema_again_changes_nothing(self, backend: Backend) -> None:
        backend.put_schema(ENGINE, "entity User;")
        before = backend.observe().digest

        backend.put_schema(ENGINE, "entity User;")

        assert backend.observe().digest == before

    def test_a_policy_brings_its_engine_along(self, backend: Backend) -> None:
        backend.create(ENGINE, desired(), "1")

        assert [(engine.name, engine.schema) for engine in backend.observe().engines] == [(ENGINE, None)]

    def test_engines_are_listed_by_name(self, backend: Backend) -> None:
        for name in ("zebra", "apple", "mango"):
            backend.put_schema(name, f"entity {name};")

        assert [engine.name for engine in backend.observe().engines] == ["apple", "mango", "zebra"]

    # Others.

    def test_foreign_objects_are_listed_without_a_mark(self, backend: Backend, outsider: Outsider) -> None:
        foreign = outsider.add(ENGINE, statement(9), "somebody's")

        (listed,) = backend.observe().objects

        assert (listed.id, listed.text, listed.mark) == (foreign, statement(9), None)

    @pytest.mark.parametrize(
        "description",
        [
            "bylaw: 1 acme/policies prod refunds/limits/cap-refund",
            "bylaw: 2 acme/policies prod refunds/limits/cap-refund 0123456789ab",
            "bylaw: 1 acme/policies prod refunds/limits/cap-refund 0123456789AB",
            "bylaw: 1 acme/policies prod refunds/limits/cap-refund 0123456789ab and more",
            "bylaw: 1 acme/policies prod refunds/limits/cap-refund 0123456789ab\nnot the last line",
            f"bylaw: 1 acme/policies prod refunds/{'x' * 300} 0123456789ab",
        ],
    )
    def test_what_only_looks_like_a_mark_is_none(self, backend: Backend, outsider: Outsider, description: str) -> None:
        outsider.add(ENGINE, statement(9), description)

        (listed,) = backend.observe().objects

        assert listed.mark is None

    def test_foreign_text_is_read_into_its_canonical_form(self, backend: Backend, outsider: Outsider) -> None:
        outsider.add(ENGINE, statement(9, Effect.FORBID).replace(" ", "\n  "))

        (listed,) = backend.observe().objects

        expected = digest_text(canonical(listed.text))
        assert (listed.effect, listed.digest) == (Effect.FORBID, expected)

    def test_what_nobody_can_read_has_neither_effect_nor_digest(self, backend: Backend, outsider: Outsider) -> None:
        text = "certainly not a policy, whatever its language is"
        assert read_tiny("cedar", text) is None
        outsider.add(ENGINE, text)

        (listed,) = backend.observe().objects

        assert (listed.text, listed.effect, listed.digest) == (text, None, None)

    def test_foreign_objects_survive_everything_we_do(self, backend: Backend, outsider: Outsider) -> None:
        outsider.add(ENGINE, statement(9))
        outsider.add("elsewhere", statement(8, Effect.FORBID), "bylaw: 1 other/repo prod elsewhere/x 0123456789ab")
        before = backend.observe().objects

        created = backend.create(ENGINE, desired(), "1")
        silent = backend.set_mode(created, Mode.LOG_ONLY)
        backend.put_schema(ENGINE, "entity User;")
        backend.delete(silent)

        assert backend.observe().objects == before

    def test_an_edit_from_outside_shows_in_text_digest_and_version(self, backend: Backend, outsider: Outsider) -> None:
        created = backend.create(ENGINE, desired(), "1")

        outsider.edit(created.id, statement(7, Effect.FORBID))

        edited = backend.read(ENGINE, created.id)
        assert edited is not None
        assert (edited.text, edited.effect) == (statement(7, Effect.FORBID), Effect.FORBID)
        assert edited.digest == digest_text(edited.text)
        assert edited.mark == created.mark
        assert edited.version != created.version

    def test_an_unknown_language_is_refused(self, backend: Backend) -> None:
        with pytest.raises(BackendTerminalError):
            backend.create(ENGINE, desired(language="klingon"), "1")

        assert backend.observe().objects == ()


class TransactionalContract:
    """Holds where `capabilities.transactional`."""

    def test_it_says_so(self, backend: Backend) -> None:
        assert backend.capabilities.transactional

    def test_changed_content_is_a_new_version_of_the_same_object(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")
        wanted = desired(text=statement(2, Effect.FORBID), mode=Mode.LOG_ONLY)

        with backend.transaction():
            changed = backend.update(created, wanted, "2")

        assert (changed.id, changed.text, changed.digest) == (created.id, wanted.text, wanted.digest)
        assert (changed.effect, changed.mode, changed.mark) == (Effect.FORBID, Mode.LOG_ONLY, wanted.mark)
        assert changed.version != created.version
        assert backend.observe().objects == (changed,)

    def test_a_transaction_sees_its_own_writes(self, backend: Backend) -> None:
        with backend.transaction():
            created = backend.create(ENGINE, desired(), "1")
            inside = backend.observe().objects

            assert backend.read(ENGINE, created.id) == created
            assert inside == (created,)

    def test_an_exception_undoes_all_writes(self, backend: Backend, outsider: Outsider) -> None:
        outsider.add(ENGINE, statement(9))
        kept = backend.create(ENGINE, desired("kept"), "1")
        backend.put_schema(ENGINE, "entity User;")
        before = backend.observe()

        def write_and_fail() -> None:
            with backend.transaction():
                backend.put_schema(ENGINE, "entity Other;")
                changed = backend.update(kept, desired("kept", statement(3)), "2")
                backend.create(ENGINE, desired("new"), "3")
                backend.delete(changed)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write_and_fail()

        assert backend.observe() == before

    def test_after_a_roll_back_the_same_tokens_do_their_work(self, backend: Backend) -> None:
        def create(*, fail: bool) -> LiveObject:
            with backend.transaction():
                created = backend.create(ENGINE, desired(), "1")
                if fail:
                    raise ZeroDivisionError
            return created

        with pytest.raises(ZeroDivisionError):
            create(fail=True)
        created = create(fail=False)

        assert backend.observe().objects == (created,)

    def test_transactions_do_not_nest(self, backend: Backend) -> None:
        with backend.transaction(), pytest.raises(InternalError):
            backend.transaction().__enter__()

    def test_an_empty_transaction_is_fine(self, backend: Backend) -> None:
        before = backend.observe()

        with backend.transaction():
            pass

        assert backend.observe() == before


class SideBySideContract:
    """Holds where a changed policy is a new object beside the old one."""

    def test_it_says_so(self, backend: Backend) -> None:
        assert not backend.capabilities.transactional

    def test_two_contents_of_one_policy_stand_side_by_side(self, backend: Backend) -> None:
        old = backend.create(ENGINE, desired(), "1")
        new = backend.create(ENGINE, desired(text=statement(2)), "2")

        assert {live.id for live in backend.observe().objects} == {old.id, new.id}

    def test_a_transaction_undoes_nothing(self, backend: Backend) -> None:
        def write_and_fail() -> None:
            with backend.transaction():
                backend.create(ENGINE, desired(), "1")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write_and_fail()

        assert [live.text for live in backend.observe().objects] == [desired().text]


class BoundedContract:
    """Holds where `capabilities.max_statement_length` is set."""

    def test_a_statement_over_the_limit_is_refused(self, backend: Backend) -> None:
        limit = backend.capabilities.max_statement_length
        assert limit is not None

        with pytest.raises(BackendTerminalError):
            backend.create(ENGINE, desired(text=statement(note="x" * limit)), "1")

        assert backend.observe().objects == ()
