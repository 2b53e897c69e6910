"""What devices report: the current value of each capability, local to this replica, neither versioned nor synced."""

from collections.abc import Sequence
from typing import TypeAlias

from goodies_mcp.capabilities.model import CAPABILITIES, check_value
from goodies_mcp.core.models import DeviceState, JsonObject
from goodies_mcp.errors import GoodiesError
from goodies_mcp.graph import resolve
from goodies_mcp.graph.bounds import checked_name, checked_object
from goodies_mcp.storage.interface import Transaction

Reading: TypeAlias = tuple[str, str, JsonObject]
"""A device by id or name, a capability, and its value (``{"on": true}``)."""


def record_states(tx: Transaction, readings: Sequence[Reading], now: str) -> None:
    """Keep these readings as seen now.

    The value of a capability that the model knows is brought into its normal form; what it does not know is kept as
    it came. A device's declared limits bound what may be asked of it, not what it reports. Raises NotFound, Ambiguous
    or InvalidInput naming the reading (``states[2].value``); then none of them is kept.
    """
    tx.put_states([_state(tx, reading, index, now) for index, reading in enumerate(readings)])


def _state(tx: Transaction, reading: Reading, index: int, now: str) -> DeviceState:
    text, capability, value = reading
    place = f"states[{index}]"
    device = resolve.entity(tx, text, f"{place}.entity", resolve.DEVICE)
    name = checked_name(capability, f"{place}.capability")
    plain = checked_object(value, f"{place}.value")
    if name in CAPABILITIES:
        try:
            plain = check_value(name, plain, setting=False)
        except GoodiesError as wrong:
            wrong.argument = f"{place}.{wrong.argument}"
            raise
    return DeviceState(device.id, name, plain, since=now, seen_at=now)
