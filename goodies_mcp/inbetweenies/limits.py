"""How large anything on the wire may be (PROTOCOL.md, V3-11): one place, so that both sides refuse alike."""

from typing import Final

MIB: Final = 1_048_576

MAX_PUSH_ROWS: Final = 4_000
"""Changes in one push (V3-11.1)."""

UNTOLD_PUSH_ROWS: Final = 1_000
"""Changes in one push to a hub that has not told how many it takes (V3-11.1)."""

MAX_PUSH_BYTES: Final = 4 * MIB
"""Bytes of one request as it is parsed, that is, after decompression (V3-11.1)."""

MAX_PAGE_ROWS: Final = 10_000
"""Changes in one page of the feed (V3-11.2)."""

MAX_PAGE_BYTES: Final = 4 * MIB
"""Bytes of the changes in one page; a single change that is larger makes a page of its own (V3-11.2)."""

MAX_RESPONSE_BYTES: Final = 8 * MIB
"""Bytes of one answer as it is parsed, after decompression (V3-11.2)."""

MAX_HEADERS: Final = 10_000
"""Headers in one comparison (V3-11.3)."""

ENVELOPE_BYTES: Final = 65_536
"""Room that a push leaves for everything but its changes."""

MAX_BLOB_BYTES: Final = 256 * MIB
"""Bytes of one photo, manual or other content: what a device keeps, and a hub unless it is set otherwise (V3-11.6)."""

MAX_DEPTH: Final = 64
"""Levels of nesting inside ``content`` or ``properties`` (V3-11.4)."""

MAX_CONTENT_BYTES: Final = MIB
"""Canonical bytes of ``content`` or ``properties`` of one version (V3-11.4)."""

MAX_ID: Final = 512
"""Characters of an id, a version id, a kind, a device, an author, an epoch (V3-11.5)."""

MAX_NAME: Final = 65_536
"""Characters of an entity's name (V3-11.5)."""

MAX_CONTEXT: Final = 4_096
"""Incarnations that one context names, and parents that one version has (V3-11.5)."""

MAX_NUMBER: Final = 2**63 - 1
"""The highest feed number and the highest ``n`` (V3-11.5)."""
