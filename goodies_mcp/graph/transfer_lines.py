"""The lines of an export: one JSON object each, ``kind`` first, complete enough to rebuild a store from.

===============  =======================================================================================
``goodies-mcp``  the first line: ``format`` (1), ``schema``, ``versions`` to come, ``digest`` of all of them
``batch``        begins a batch; the versions that name it follow
``entity``       one version of an entity, with everything that its hash covers
``relationship`` one version of an edge
``state``        what a device last reported
``content``      binary content begins: hash, size, type, name
``chunk``        a part of it in base64; as many as make up the size
``check``        SHA-256 over the lines since the check before, each with one line feed
``end``          the last line: how many ``lines`` came before it
===============  =======================================================================================
"""

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.models import (
    Batch,
    Content,
    DeviceState,
    EntityPayload,
    JsonObject,
    JsonText,
    Sha256,
    StoredVersion,
    Version,
)

FORMAT = 1
"""The edition of the lines below; a reader refuses others."""

_MENTIONED = re.compile(r'"([0-9a-f]{64})"', re.ASCII)

_quoted = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Header:
    """What the file is and how much is to come."""

    schema: int
    versions: int
    digest: str


class VersionLine(NamedTuple):
    """A version and the batch that it was written in."""

    version: Version
    batch: str | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of binary content."""

    sha256: Sha256
    data: bytes


@dataclass(frozen=True, slots=True)
class Check:
    """What the lines since the last check must hash to."""

    sha256: str


@dataclass(frozen=True, slots=True)
class End:
    """Nothing is missing: so many lines came before this one."""

    lines: int


Line: TypeAlias = Header | Batch | VersionLine | DeviceState | Content | Chunk | Check | End


def header_line(header: Header) -> str:
    """The first line."""
    return _line("goodies-mcp", format=FORMAT, schema=header.schema, versions=header.versions, digest=header.digest)


def batch_line(batch: Batch) -> str:
    """A batch without its versions."""
    return _line(
        "batch",
        id=batch.id,
        client=batch.client,
        tool=batch.tool,
        at=batch.at,
        author=batch.author,
        undoes=batch.undoes,
    )


def version_line(stored: StoredVersion) -> str:
    """A version with everything that its hash covers, and its batch."""
    value, payload = stored.value, stored.value.payload
    if isinstance(payload, EntityPayload):
        kind, free = "entity", payload.content
        said = f'"type":{_quoted(payload.entity_type)},"name":{_quoted(payload.name)},"content":{_spliced(free)}'
    else:
        kind, free = "relationship", payload.properties
        said = (
            f'"from":{_quoted(payload.from_id)},"to":{_quoted(payload.to_id)},'
            f'"type":{_quoted(payload.relationship_type)},"properties":{_spliced(free)}'
        )
    return (
        f'{{"kind":"{kind}","id":{_quoted(value.record_id)},"version":{_quoted(value.version)},{said},'
        f'"edited_at":"{value.edited_at}","author":{_quoted(value.author)},"device":{_quoted(value.device)},'
        f'"source_type":{_quoted(value.source_type)},"deleted":{"true" if value.deleted else "false"},'
        f'"dot":[{_quoted(value.dot.incarnation)},{value.dot.n}],"context":{_quoted(dict(value.context))},'
        f'"parents":{_quoted(value.parents)},"batch":{"null" if stored.batch is None else _quoted(stored.batch)}}}'
    )


def state_line(state: DeviceState) -> str:
    """What a device last reported."""
    return _line(
        "state",
        entity=state.entity_id,
        capability=state.capability,
        value=dict(state.value),
        since=state.since,
        seen_at=state.seen_at,
    )


def content_line(content: Content) -> str:
    """The beginning of binary content."""
    return _line(
        "content",
        sha256=content.sha256,
        size=content.size,
        content_type=content.content_type,
        file_name=content.file_name,
    )


def chunk_line(sha256: Sha256, data: bytes) -> str:
    """A part of binary content."""
    return _line("chunk", sha256=sha256, data=b64encode(data).decode())


def check_line(sha256: str) -> str:
    """What the lines since the last check hash to."""
    return _line("check", sha256=sha256)


def end_line(lines: int) -> str:
    """The last line."""
    return _line("end", lines=lines)


def mentioned_hashes(line: str) -> set[Sha256]:
    """Whatever in a version's line could be the hash of binary content."""
    return {Sha256(each) for each in _MENTIONED.findall(line)}


def _line(kind: str, **fields: object) -> str:
    return json.dumps({"kind": kind, **fields}, ensure_ascii=False, separators=(",", ":"))


def _spliced(value: JsonObject) -> str:
    """Stored text as it is: it was written by one encoder, without line feeds, and need not be parsed for this."""
    if isinstance(value, JsonText) and "\n" not in value.text:
        return value.text
    return canonical_json(value)
