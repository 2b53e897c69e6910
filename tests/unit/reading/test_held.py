import base64
from io import BytesIO

import pytest

from goodies_mcp.errors import InvalidInput, TooLarge, Unavailable
from goodies_mcp.reading.endings import Ending
from goodies_mcp.reading.held import measured, nameless, pieces, unpack
from tests.support.build import a_file


def unpacked(text, most=1_000):
    out = BytesIO()
    unpack(text, most, out)
    return out.getvalue()


def test_base64_is_unpacked_as_people_and_browsers_write_it():
    data = bytes(range(256))
    plain = base64.b64encode(data).decode()
    folded = "\r\n".join(plain[at : at + 76] for at in range(0, len(plain), 76))
    for text in (plain, folded, f"data:image/png;base64,{plain}", f"data:image/png;charset=x;base64,{folded}"):
        assert unpacked(text) == data


@pytest.mark.parametrize("text", ["photo.jpg", "===", "abc", "ab\0d", "ÄÖÜ=", "YWJj*", "data:image/png,abcd"])
def test_what_is_no_base64_is_refused(text):
    with pytest.raises(InvalidInput, match="no Base64"):
        unpacked(text)


def test_too_much_of_it_is_refused():
    with pytest.raises(TooLarge, match="more than 1000 bytes"):
        unpacked("A" * 10_000)


def test_a_file_is_measured_and_read_from_the_beginning_each_time():
    data = bytes(range(256)) * 9_000
    file = BytesIO(data)
    about = measured(file, Ending())
    assert (about.sha256, about.size) == (a_file(data).sha256, len(data))
    assert data.startswith(about.head)
    assert len(about.head) == 4096
    again = pieces(file)
    assert b"".join(again()) == b"".join(again()) == data
    assert max(map(len, again())) <= 1 << 20


def test_measuring_ends_when_nobody_waits_for_it():
    ending = Ending()
    ending.give_up()
    with pytest.raises(Unavailable, match="cancelled"):
        measured(BytesIO(b"x"), ending)


def test_a_nameless_file_is_gone_afterwards_and_its_errors_are_ours(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with nameless() as file:
        file.write(b"x")
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(Unavailable), nameless():
        raise OSError(5, "Input/output error")
