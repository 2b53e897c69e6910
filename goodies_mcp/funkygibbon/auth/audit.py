"""The audit log: what was refused, who came in, which accounts changed. Append-only; not yet chained by hashes."""

import logging
from dataclasses import dataclass, replace

from goodies_mcp.core.protocols import Clock
from goodies_mcp.errors import GoodiesError
from goodies_mcp.funkygibbon.core.accounts import AuditEntry, Principal, User
from goodies_mcp.funkygibbon.storage.interface import Accounts, HubStore

logger = logging.getLogger(__name__)

_SAID = 300


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from."""

    address: str
    request: str


class Audit:
    """Writes entries; a log that cannot be written is told to the operator and holds no request up."""

    def __init__(self, store: HubStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def note(
        self,
        event: str,
        origin: Origin,
        principal: Principal | None = None,
        said: str = "",
        *,
        user: User | None = None,
    ) -> None:
        """Add an entry; one about a ``user`` who did not come in is for each of their households to see."""
        entry = AuditEntry(
            event=event,
            at=self._clock.now(),
            household=principal.household if principal else None,
            user=principal.user if principal else None,
            device=principal.device if principal else None,
            address=origin.address,
            request=origin.request,
            said=said.encode("utf-8", "backslashreplace").decode()[:_SAID],
        )

        def append(accounts: Accounts) -> None:
            households = accounts.households_of(user.id) if user else []
            for household in households:
                accounts.append_audit(replace(entry, household=household.id, user=user.id if user else None))
            if not households:
                accounts.append_audit(entry)

        try:
            await self._store.change(append)
        except GoodiesError:
            logger.exception("the audit log could not be written: %s", event)
