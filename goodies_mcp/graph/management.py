"""The half of HomeGraph that changes a home: each use case one method, one transaction, one batch.

Each loads what it does when it is called: start-up, because a command makes one change.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from goodies_mcp.core.models import JsonObject
from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.storage.interface import GraphStore, Transaction

if TYPE_CHECKING:
    from goodies_mcp.graph.device_states import Reading
    from goodies_mcp.graph.editing import Edit
    from goodies_mcp.graph.inventory import NewRooms
    from goodies_mcp.graph.inventory_table import InventoryRow
    from goodies_mcp.graph.writes import Writer, WriteResult

P = ParamSpec("P")


class HomeManagement:
    """Writes of a home. When a method returns, what it says is durable; when it raises, nothing of it was kept.

    ``by`` says who writes; with its ``idempotency_key`` a call can be sent again for seven days without being done
    again, and returns the first answer. ``expected_version`` makes a write fail with Conflict when the thing has moved
    on. Things are named by id or name. A result's ``batch`` is what ``undo`` takes; it is None when nothing was
    written.
    """

    _store: GraphStore
    _clock: Clock
    _ids: IdSource
    _author: str
    _device: str

    async def create_entity(
        self,
        by: "Writer",
        entity_type: str,
        name: str,
        *,
        content: JsonObject | None = None,
        located_in: str | None = None,
        part_of: str | None = None,
    ) -> "WriteResult":
        """A new thing in its place; ``exists`` when one of this type and name is there already."""
        from goodies_mcp.graph.things import create_entity

        return await self._write(
            by,
            create_entity,
            entity_type=entity_type,
            name=name,
            content=content,
            located_in=located_in,
            part_of=part_of,
        )

    async def update_entity(
        self,
        by: "Writer",
        entity: str,
        changes: JsonObject | None = None,
        *,
        name: str | None = None,
        expected_version: str | None = None,
    ) -> "WriteResult":
        """Content changed by an RFC 7396 merge patch, and a new name; ``unchanged`` makes no version."""
        from goodies_mcp.graph.things import update_entity

        return await self._write(
            by, update_entity, entity=entity, changes=changes, name=name, expected_version=expected_version
        )

    async def delete_entity(
        self,
        by: "Writer",
        entity: str,
        *,
        cascade: bool = False,
        dry_run: bool = False,
        expected_version: str | None = None,
    ) -> "WriteResult":
        """A thing with its edges and, with ``cascade``, its contents; ``dry_run`` lists them and writes nothing.

        Raises InvalidInput naming ``cascade`` when there are contents and it is not set.
        """
        from goodies_mcp.graph.things import delete_entity, rehearse_deletion

        if dry_run:
            return await self._store.read(
                partial(rehearse_deletion, entity=entity, cascade=cascade, expected_version=expected_version)
            )
        return await self._write(by, delete_entity, entity=entity, cascade=cascade, expected_version=expected_version)

    async def create_relationship(
        self,
        by: "Writer",
        from_entity: str,
        to_entity: str,
        relationship_type: str,
        *,
        properties: JsonObject | None = None,
    ) -> "WriteResult":
        """An edge; ``exists``, ``updated`` or (a second ``located_in``) ``moved`` when there is one."""
        from goodies_mcp.graph.joins import create_relationship

        return await self._write(
            by,
            create_relationship,
            from_entity=from_entity,
            to_entity=to_entity,
            relationship_type=relationship_type,
            properties=properties,
        )

    async def update_relationship(
        self,
        by: "Writer",
        relationship: str,
        properties: JsonObject | None = None,
        *,
        to_entity: str | None = None,
        expected_version: str | None = None,
    ) -> "WriteResult":
        """An edge's properties changed by a merge patch, or the edge led to another end."""
        from goodies_mcp.graph.joins import update_relationship

        return await self._write(
            by,
            update_relationship,
            relationship=relationship,
            properties=properties,
            to_entity=to_entity,
            expected_version=expected_version,
        )

    async def delete_relationship(
        self,
        by: "Writer",
        *,
        relationship: str | None = None,
        from_entity: str | None = None,
        to_entity: str | None = None,
        relationship_type: str | None = None,
        expected_version: str | None = None,
    ) -> "WriteResult":
        """An edge deleted, named by its id or by its two ends and its type."""
        from goodies_mcp.graph.joins import delete_relationship

        return await self._write(
            by,
            delete_relationship,
            relationship=relationship,
            from_entity=from_entity,
            to_entity=to_entity,
            relationship_type=relationship_type,
            expected_version=expected_version,
        )

    async def undo(self, by: "Writer", what: str = "last") -> "WriteResult":
        """The last batch of this client that is in force, or any batch by its id, taken back by new versions.

        Raises Conflict when later changes build on it; ``details["in_the_way"]`` lists them.
        """
        from goodies_mcp.graph.undo import undo

        return await self._write(by, undo, what=what)

    async def restore_entity(self, by: "Writer", entity: str, version: str) -> "WriteResult":
        """A new version that says what an old one said; a deleted thing lives again, with its edges."""
        from goodies_mcp.graph.restoring import restore_entity

        return await self._write(by, restore_entity, entity=entity, version=version)

    async def apply_changes(self, by: "Writer", changes: Sequence[Mapping[str, Any]]) -> "WriteResult":
        """1 to 500 changes, all or none; ``$n`` names what the n-th made. Errors name the item."""
        from goodies_mcp.graph.batch import apply_changes

        return await self._write(by, apply_changes, changes=changes)

    async def add_note(
        self, by: "Writer", text: str, *, about: str | None = None, category: str | None = None
    ) -> "WriteResult":
        """A note, tied to what it is about."""
        from goodies_mcp.graph.documents import add_note

        return await self._write(by, add_note, text=text, about=about, category=category)

    async def create_procedure(
        self,
        by: "Writer",
        title: str,
        steps: Sequence[str],
        *,
        for_entities: Sequence[str] = (),
        description: str | None = None,
        category: str | None = None,
        tools_needed: Sequence[str] = (),
    ) -> "WriteResult":
        """A procedure, tied to the things it is for."""
        from goodies_mcp.graph.documents import create_procedure

        return await self._write(
            by,
            create_procedure,
            title=title,
            steps=steps,
            for_entities=for_entities,
            description=description,
            category=category,
            tools_needed=tools_needed,
        )

    async def resolve_conflict(
        self,
        by: "Writer",
        conflict: str,
        resolution: str,
        *,
        version: str | None = None,
        changes: JsonObject | None = None,
        name: str | None = None,
    ) -> "WriteResult":
        """Settle an open conflict: ``keep_local``, ``keep_remote`` (of several sides the one that ``version`` names),
        ``merge`` (what is shown), or ``custom`` (what is shown with ``changes`` and ``name``)."""
        from goodies_mcp.graph.settling import resolve_conflict

        return await self._write(
            by,
            resolve_conflict,
            self._device,
            conflict=conflict,
            resolution=resolution,
            version=version,
            changes=changes,
            name=name,
        )

    async def take_inventory(
        self,
        by: "Writer",
        rows: "Sequence[InventoryRow]",
        *,
        new_rooms: "NewRooms | None" = None,
        dry_run: bool = False,
    ) -> "WriteResult":
        """Devices as the rows of a table say them, all or none; ``dry_run`` says what would be done and keeps none."""
        from goodies_mcp.graph.inventory import Rehearsed, rehearse_inventory, take_inventory

        if not dry_run:
            return await self._write(by, take_inventory, rows=rows, new_rooms=new_rooms)
        try:
            return await self._write(by, rehearse_inventory, rows=rows, new_rooms=new_rooms)
        except Rehearsed as done:
            return done.result

    async def record_states(self, states: "Sequence[Reading]") -> None:
        """What devices report: ``(device, capability, value)``, all kept as seen now, or none."""
        from goodies_mcp.graph.device_states import record_states

        await self._store.write(lambda tx: record_states(tx, states, self._clock.now()))

    async def _write(
        self,
        by: "Writer",
        use_case: "Callable[Concatenate[Edit, P], object]",
        /,
        *args: P.args,
        **arguments: P.kwargs,
    ) -> "WriteResult":
        from goodies_mcp.graph.answers import once
        from goodies_mcp.graph.editing import Edit, Origin

        asked: Any = [getattr(use_case, "__name__", by.tool), *args, arguments]

        def work(tx: Transaction) -> "WriteResult":
            # The clock is read inside: the store may run the work again after having waited for its turn.
            now = self._clock.now()
            edit = Edit(tx, by, Origin(self._author, self._device), now=now, ids=self._ids)

            def done() -> "WriteResult":
                use_case(edit, *args, **arguments)
                return edit.result()

            return once(tx, by.idempotency_key, asked, now, done)

        return await self._store.write(work)
