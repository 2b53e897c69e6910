"""Binary content that comes in pieces and may be large: laid down in a file without a name until all of it is there."""

import tempfile
from collections.abc import Iterator
from hashlib import sha256

from goodies_mcp.core.models import Content

_PIECE = 1 << 20


class Spooled:
    """Content on its way in. Who makes one closes it; its file goes with that, or with the process."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self._hash = sha256()
        self._size = 0
        # Held open for as long as the content is under way, over many calls.
        self._file = tempfile.TemporaryFile(prefix="goodies-")  # noqa: SIM115

    def add(self, data: bytes) -> None:
        """The next piece."""
        self._hash.update(data)
        self._size += len(data)
        self._file.write(data)

    @property
    def has_all(self) -> bool:
        """Whether as much has come as was announced, or more."""
        return self._size >= self.content.size

    @property
    def is_true(self) -> bool:
        """Whether what has come is what its hash says."""
        return self._size == self.content.size and self._hash.hexdigest() == self.content.sha256

    def pieces(self) -> Iterator[bytes]:
        """All that has come, from the beginning each time."""
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece

    def close(self) -> None:
        """Let the file go."""
        self._file.close()
