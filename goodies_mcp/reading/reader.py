"""From a path, an address or Base64 to something that could be kept: opened by a guard, measured, looked into."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from goodies_mcp.core.intake import Intake, Picture, Source, Wanted, Writing, cut_pages
from goodies_mcp.core.models import Content
from goodies_mcp.errors import GoodiesError, InvalidInput, RemoteProtocolError, TooLarge
from goodies_mcp.reading.endings import Ending
from goodies_mcp.reading.fetching import Fetcher
from goodies_mcp.reading.files import FileGuard
from goodies_mcp.reading.held import Held, Measured, measured, nameless, pieces, unpack
from goodies_mcp.reading.process import Kind, Limits, asked
from goodies_mcp.reading.signatures import HTML, PDF, PLAIN, agreed_type, decoded, type_of
from goodies_mcp.reading.tidying import tidied

Told = Callable[[int, int], None]
"""``told(page, pages)``: how far it is. Called from the thread that reads."""

MOST_DATA = 8 << 20
_LONGEST_TEXT_FILE = 4 << 20
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff", "image/avif"})
_READABLE = frozenset({PDF, HTML, PLAIN})


class Reader:
    """Reads for one home. It waits for files, networks and processes: whoever may not wait reads in a thread."""

    def __init__(self, files: FileGuard, fetcher: Fetcher, limits: Limits | None = None) -> None:
        self._files = files
        self._fetcher = fetcher
        self._limits = limits or Limits()

    @contextmanager
    def take(self, source: Source, wanted: Wanted, ending: Ending, told: Told | None = None) -> Iterator[Intake]:
        """As ``core.protocols.Reading.take``, in this thread, until ``ending`` is given up."""
        try:
            with self._held(source, ending) as held:
                intake = self._looked_into(held, source, wanted, ending, told or _untold)
                yield intake
        except GoodiesError as error:
            error.argument = error.argument or source.argument
            raise

    @contextmanager
    def _held(self, source: Source, ending: Ending) -> Iterator[Held]:
        if source.argument == "file":
            file, name = self._files.open(source.value)
            with file:
                yield Held(file, name)
            return
        with nameless() as file:
            if source.argument == "url":
                fetched = self._fetcher.fetch(source.value, file, ending)
                yield Held(file, fetched.file_name, fetched.url)
            else:
                unpack(source.value, MOST_DATA, file)
                yield Held(file)

    def _looked_into(self, held: Held, source: Source, wanted: Wanted, ending: Ending, told: Told) -> Intake:
        size = measured(held.file, ending)
        if not size.size:
            raise InvalidInput(f"{held.name or 'what was given'} is empty", hint="look whether it was saved whole")
        found = type_of(size.head)
        content_type = agreed_type(found, source.content_type, "content_type")
        _check_wanted(found, wanted)
        about = held.name or "it"
        remarks: list[str] = []
        writing: Writing | None = None
        picture: Picture | None = None
        try:
            if found in _READABLE:
                writing = self._writing(held.file, size, found, _Asking(self._limits, ending, about, told))
            elif found in _SHOWN:
                picture = _picture(held.file, _Asking(self._limits, ending, about, told))
        except InvalidInput as error:
            # A file may be kept without being understood; a manual nobody can read is none.
            if wanted != "file":
                raise
            remarks.append(f"kept as it is: {error.message}")
        if found.startswith("image/") and picture is None and not remarks:
            remarks.append(f"kept as it is: {found} cannot be shown here; a JPEG or PNG could be")
        return Intake(
            Content(size.sha256, size.size, content_type, held.name),
            pieces(held.file),
            writing,
            picture,
            held.address,
            (*remarks, *_said_of(writing, wanted)),
        )

    def _writing(self, file: BinaryIO, size: Measured, found: str, asking: "_Asking") -> Writing | None:
        if found == PDF:
            return _written("pdf", file, asking)
        if found == HTML and size.size <= _LONGEST_TEXT_FILE:
            return _written("html", file, asking)
        if size.size > _LONGEST_TEXT_FILE:
            return None
        pages = cut_pages(tidied(decoded(b"".join(pieces(file)()))))
        return Writing(pages, len(pages))


class _Asking:
    """What every question to the child needs."""

    def __init__(self, limits: Limits, ending: Ending, about: str, told: Told) -> None:
        self.limits = limits
        self.ending = ending
        self.about = about
        self.told = told


def _check_wanted(found: str, wanted: Wanted) -> None:
    if wanted == "image" and not found.startswith("image/"):
        raise InvalidInput(f"this is no image: its bytes say {found}", hint="attach_file keeps any file")
    if wanted == "manual" and found not in _READABLE:
        raise InvalidInput(
            f"a manual is a PDF, a web page or text, and the bytes say {found}", hint="attach_file keeps any file"
        )


def _written(kind: Kind, file: BinaryIO, asking: _Asking) -> Writing:
    pages: list[str] = []
    total = 0
    sections: list[tuple[str, int]] = []
    for message, _ in asked(kind, file, asking.limits, asking.ending, asking.about):
        try:
            if "page" in message:
                pages.append(str(message["page"]))
                asking.told(len(pages), total)
            elif "total" in message:
                total = int(message["total"])
            else:
                sections = [(str(title), int(page)) for title, page in message["sections"]]
        except (LookupError, TypeError, ValueError) as cause:
            raise RemoteProtocolError(f"{asking.about} cannot be read") from cause
    return Writing(tuple(pages), total, tuple(sections))


def _picture(file: BinaryIO, asking: _Asking) -> Picture:
    for message, data in asked("picture", file, asking.limits, asking.ending, asking.about):
        return Picture("image/jpeg", data, int(message["width"]), int(message["height"]))
    raise InvalidInput(f"{asking.about} is damaged")


def _said_of(writing: Writing | None, wanted: Wanted) -> Iterator[str]:
    if writing is None:
        if wanted == "manual":
            raise TooLarge("this text is too long for a manual", hint="give the part that matters")
        return
    if not any(page.strip() for page in writing.pages):
        yield "no text was found in it, as in a scan: search finds its title only"
    if len(writing.pages) < writing.total:
        yield f"text was read of pages 1 to {len(writing.pages)} of {writing.total}; the rest is kept without"


def _untold(page: int, pages: int) -> None:
    """Nobody asked to be told."""
