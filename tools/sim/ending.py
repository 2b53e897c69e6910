"""The verdict over the end of a run, when everybody has synced on a fair day: one set, one digest, equal answers."""

from collections.abc import Sequence

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.causality.conflicts import Shown, fields
from goodies_mcp.core.models import RecordId
from tools.sim.disks import DeviceDisk, Disk, HubDisk
from tools.sim.truth import Truth


def judge_the_end(truth: Truth, hub: HubDisk, devices: Sequence[DeviceDisk]) -> str:
    """Report whatever differs or is missing (PROMISES P3, P5, P11); returns the digest that all have."""
    replicas: list[Disk] = [hub, *devices]
    everybody = (1 << len(replicas)) - 1
    for row, holders in truth.alive():
        if holders != everybody:
            missing = [replica.number for replica in replicas if not holders >> replica.number & 1]
            truth.broken("P3", f"{row.name} is on some disk and never came to replicas {missing}")
    for device in devices:
        if device.outbox or device.parked:
            truth.broken("P5", f"device {device.number} still holds {len(device.outbox)} changes back")
    digests = {replica.digest().root for replica in replicas}
    if len(digests) > 1:
        truth.broken("P5", f"{len(digests)} digests at the end")
    for record_id in hub.heads:
        _judge_record(truth, record_id, replicas)
    return min(digests)


def _judge_record(truth: Truth, record_id: RecordId, replicas: Sequence[Disk]) -> None:
    held = [replica for replica in replicas if record_id in replica.heads]
    heads = {tuple(head.version for head in replica.heads[record_id]) for replica in held}
    # Equal sets with equal heads are shown alike by one pure function: it is asked on the first and the last.
    said = {_answer(replica.shown(record_id)) for replica in (held[0], held[-1])}
    if len(heads) > 1 or len(said) > 1:
        truth.broken("P5", f"{record_id} has {len(heads)} sets of heads and is shown in {len(said)} ways")
    judge_shown(truth, record_id, held[0])


def judge_shown(truth: Truth, record_id: RecordId, disk: Disk) -> None:
    """Whether what is shown is right: gone only if nobody edits it, and told where somebody should look (P3, P11)."""
    heads, shown = truth.true_heads(disk.number, record_id), disk.shown(record_id)
    dead = sum(head.deleted for head in heads)
    if shown.deleted != (dead == len(heads)):
        truth.broken(
            "P11", f"{record_id} is {'gone' if shown.deleted else 'there'} with {dead} of {len(heads)} deleted"
        )
    if 0 < dead < len(heads) and not (shown.open and "deleted_elsewhere" in shown.flags):
        truth.broken("P11", f"{record_id} was deleted and edited, and nobody is told")
    if shown.disputed and not shown.deleted and not shown.open:
        truth.broken("P3", f"{record_id} has a disputed field that nobody is told of")


def _answer(shown: Shown) -> str:
    disputed = [[list(each.path), each.chosen, sorted(each.sides)] for each in shown.disputed]
    return canonical_json(
        [fields(shown.payload), shown.deleted, shown.version, shown.decision, shown.open, disputed, list(shown.flags)]
    )
