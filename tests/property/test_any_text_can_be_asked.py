"""Whatever a person or a model writes where a search or a name is expected, the answer is a page or a clear refusal."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.errors import Ambiguous, InvalidInput, NotFound
from tests.support.desk import desk
from tests.support.home import build_house

PIECES = st.sampled_from(
    [
        '"',
        "*",
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        ")",
        "^",
        ":",
        "name:",
        "-",
        "'",
        "--",
        ";",
        "{",
        "%",
        "_",
        "\\",
        "\0",
        "“",
        "›",
    ]
)
WORDS = st.sampled_from(["kitchen", "lamp", "Küche", "termostat", "the", "in", "冰箱", "ﷺ", "\u200b", "ß", "İ"])
TEXT = (
    st.text(max_size=40)
    | st.lists(PIECES | WORDS, max_size=8).map(" ".join)
    | st.lists(PIECES, max_size=6).map("".join)
)
SURROGATES = st.text(alphabet=st.characters(categories=["Cs", "Ll"]), max_size=6)


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def asked(request, tmp_path_factory):
    """Runs one question on a house that stays open for the whole module."""
    loop = asyncio.new_event_loop()
    opened = desk(request.param, Path(tmp_path_factory.mktemp("house")))
    house = loop.run_until_complete(build_house(loop.run_until_complete(opened.__aenter__())))
    yield lambda ask: loop.run_until_complete(ask(house.graph))
    loop.run_until_complete(opened.__aexit__(None, None, None))
    loop.close()


@given(query=TEXT | SURROGATES, limit=st.integers(1, 200))
def test_search_answers_any_text(asked, query, limit):
    page = asked(lambda graph: graph.search_entities(query, limit=limit))
    assert len(page.items) <= limit
    assert len({hit.id for hit in page.items}) == len(page.items)
    assert not any(mark in (hit.snippet or "") for hit in page.items for mark in "\x02\x03")


@given(query=TEXT)
def test_search_of_the_past_answers_any_text(asked, query):
    asked(lambda graph: graph.search_entities(query, at="2026-01-01T00:00:00.050000Z"))


@given(name=TEXT | SURROGATES)
def test_any_name_is_found_or_refused_by_its_argument(asked, name):
    refusal = None
    try:
        asked(lambda graph: graph.get_devices_in_room(name))
    except (Ambiguous, InvalidInput, NotFound) as refused:
        refusal = refused
    assert refusal is None or refusal.argument == "room"
