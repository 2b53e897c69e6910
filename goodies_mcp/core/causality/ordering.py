"""In which order versions are told to somebody who wants to know the past of each before the version itself."""

from collections.abc import Iterator, Sequence

from goodies_mcp.core.models import RecordId, RelationshipPayload, StoredVersion, VersionId


def parents_first(versions: Sequence[StoredVersion]) -> list[StoredVersion]:
    """The same versions, each behind those of its parents that are among them, and an edge behind the first version of
    both its ends. Otherwise the order stays, also where histories or edges run in a circle.
    """
    by_name = {(each.value.record_id, each.value.version): each for each in versions}
    first: dict[RecordId, VersionId] = {}
    for each in versions:
        first.setdefault(each.value.record_id, each.value.version)
    places = {name: place for place, name in enumerate(by_name)}
    if len(by_name) == len(versions) and all(
        places.get(other, -1) < place for place, each in enumerate(versions) for other in _needed(each, first)
    ):
        return list(versions)  # as a device makes them, and nearly always
    told: dict[tuple[RecordId, VersionId], StoredVersion] = {}
    begun: set[tuple[RecordId, VersionId]] = set()

    for each in versions:
        # By hand and not by recursion: a line of parents may be as long as a page.
        ahead = [each]
        while ahead:
            version = ahead[-1]
            name = version.value.record_id, version.value.version
            if name in told:
                ahead.pop()
            elif name in begun:
                told[name] = ahead.pop()
            else:
                begun.add(name)
                needs = (by_name[other] for other in _needed(version, first) if other in by_name)
                ahead += [other for other in needs if _name(other) not in begun]
    return list(told.values())


def _name(stored: StoredVersion) -> tuple[RecordId, VersionId]:
    return stored.value.record_id, stored.value.version


def _needed(stored: StoredVersion, first: dict[RecordId, VersionId]) -> Iterator[tuple[RecordId, VersionId]]:
    value = stored.value
    for parent in value.parents:
        yield value.record_id, parent
    if isinstance(value.payload, RelationshipPayload):
        for end in (value.payload.from_id, value.payload.to_id):
            if end in first:
                yield end, first[end]
