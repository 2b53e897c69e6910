"""What people were promised, held against what the files say: during the run each ack, at its end everything."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from goodies_mcp.app import finished
from goodies_mcp.core.models import RecordId, VersionId
from goodies_mcp.storage.maintenance import check
from goodies_mcp.storage.replication import ReplicaStore, ReplicaView, VersionName
from tools.home_file import opened

_MOST = 10_000_000
_AT_ONCE = 500


class Ledger:
    """Everything that any device ever acked to its person, and what of it waits for the hub."""

    def __init__(self, hub: Path) -> None:
        self.made: dict[VersionName, str] = {}
        self.acks = 0
        self.faults: list[str] = []
        self._hub = hub
        self._waiting: dict[str, set[VersionName]] = {}

    def edited(self, device: str, made: Iterable[Sequence[str]]) -> None:
        """A device's calls returned with success, having made these versions."""
        names = _names(made)
        self.made.update(dict.fromkeys(names, device))
        self._waiting.setdefault(device, set()).update(names)

    def looked(self, device: str, waiting: Iterable[Sequence[str]]) -> None:
        """What a device still has in its outbox: whatever left it must be on the hub's disk now (P1, P2)."""
        mine = self._waiting.setdefault(device, set())
        gone = mine - set(_names(waiting))
        if not gone:
            return
        mine -= gone
        self.acks += len(gone)
        with opened(self._hub, read_only=True) as store:
            lost = gone - _held(store, gone)
        self.faults += [f"P2: {name} left the outbox of {device}, and the hub has it not" for name in sorted(lost)]

    def judge(self, devices: Mapping[str, Path]) -> tuple[str, int]:
        """The end, after all have synced on a fair day (P3, P5): the one digest, and of how many versions it is."""
        everybody = {"hub": self._hub, **devices}
        digests, heads = {}, {}
        for name, path in everybody.items():
            with opened(path, read_only=True) as store:
                view = finished(store.read(_whole))
                lost = self.made.keys() - _held(store, self.made.keys())
            digests[name], heads[name], waiting = view
            self.faults += [f"P3: {each} of {self.made[each]} is not on {name}" for each in sorted(lost)]
            if waiting and name != "hub":
                self.faults.append(f"P5: {waiting} changes never left {name}")
            self.faults += [f"{name}: {found}" for found in check(path) if found.serious]
        if len(set(digests.values())) > 1:
            self.faults.append(f"P5: digests {digests}")
        if len(set(heads.values())) > 1:
            self.faults.append("P5: not everybody has the same heads")
        return digests["hub"], heads["hub"][0]


def _names(said: Iterable[Sequence[str]]) -> list[VersionName]:
    return [(RecordId(record), VersionId(version)) for record, version in said]


def _held(store: ReplicaStore, names: Iterable[VersionName]) -> set[VersionName]:
    every = sorted(names)
    found: set[VersionName] = set()
    for start in range(0, len(every), _AT_ONCE):
        part = every[start : start + _AT_ONCE]
        found |= finished(store.read(lambda view, part=part: set(view.held(part))))  # type: ignore[misc] # mypy: default
    return found


def _whole(view: ReplicaView) -> tuple[str, tuple[int, int], int]:
    """The digest; how many versions there are, with a hash of everybody's heads; how many wait."""
    names = [each[:2] for each in view.headers(range(256), None, _MOST)]
    found = view.heads_of({record for record, _ in names})
    heads = sorted(
        (record, tuple(sorted(each.value.version for each in versions))) for record, versions in found.items()
    )
    return view.status().digest, (len(names), hash(tuple(heads))), sum(view.outbox_size())
