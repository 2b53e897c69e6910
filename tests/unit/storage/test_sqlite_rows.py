from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.core.models import Dot, Entity, JsonText, Relationship
from goodies_mcp.storage.sqlite_rows import entity, json_column, relationship, version_column, version_id
from tests.support.build import Device, record
from tests.support.clock import moment


class Terms:
    texts = {1: "ann", 2: "manual", 3: "located_in"}  # noqa: RUF012 - read only
    incarnations = {5: "1f3a77b2-5c1d", 6: "i"}  # noqa: RUF012 - as above


def test_values_made_from_rows_are_values_like_others():
    made = entity(("id", 7, "device", "Lamp", '{"a":1}', moment(0), moment(1), 1, 2, 0, 1, "more"), Terms)
    same = Entity(
        "id",
        f"{moment(1)}-000007-ann",
        "device",
        "Lamp",
        made.content,
        moment(0),
        moment(1),
        "ann",
        "manual",
        False,
        True,
    )
    assert (made, type(made), repr(made)) == (same, Entity, repr(same))
    assert made.content == {"a": 1}
    assert replace(made, name="Light").name == "Light"
    with pytest.raises(FrozenInstanceError):
        made.name = "Light"
    edge = relationship(("id", "a", "b", 3, "whole", moment(1), 1, "{}", 0, 0), Terms)
    assert edge == Relationship("id", "whole", "a", "b", "located_in", edge.properties, moment(1))
    assert hash(type(edge)) == hash(Relationship)


@given(author=st.text(max_size=8), counter=st.integers(0, 10**9), at=st.sampled_from([moment(0), moment(5)]))
def test_an_ordinary_version_id_is_kept_as_its_counter(author, counter, at):
    version = replace(Device(1).entity(record(1)), author=author, edited_at=at, version=f"{at}-{counter:06d}-{author}")
    assert version_column(version, 5) == counter
    assert version_id(at, counter, 1, Named(author)) == version.version


class Named(Terms):
    def __init__(self, author):
        self.texts = {1: author}


@given(author=st.text(max_size=8), n=st.integers(1, 2**41), clock=st.sampled_from([5, 6]))
def test_v3_2_4_an_id_that_names_the_incarnation_is_kept_as_one_number(author, n, clock):
    """V3-2.4, in the store's short form."""
    incarnation = Terms.incarnations[clock]
    text = f"{moment(0)}-{n:06d}-{author}.{incarnation[:8]}"
    version = replace(
        Device(1).entity(record(1)), author=author, edited_at=moment(0), version=text, dot=Dot(incarnation, n)
    )
    kept = version_column(version, clock)
    assert isinstance(kept, int)
    assert version_id(moment(0), kept, 1, Named(author)) == text


@pytest.mark.parametrize(("n", "clock"), [(2**42, 5), (1, 2**20), (2**53, 2**40)])
def test_what_does_not_fit_into_one_number_is_kept_whole(n, clock):
    incarnation = Terms.incarnations[5]
    text = f"{moment(0)}-{n:06d}-ann.{incarnation[:8]}"
    version = replace(Device(1).entity(record(1)), edited_at=moment(0), version=text, dot=Dot(incarnation, n))
    assert version_column(version, clock) == text


@pytest.mark.parametrize(
    "odd", ["", "x", f"{moment(9)}-000001-ann", f"{moment(0)}-1-ann", f"{moment(0)}-0000001-ann", "7"]
)
def test_any_other_is_kept_whole(odd):
    version = replace(Device(1).entity(record(1)), edited_at=moment(0), author="ann", version=odd)
    assert version_column(version, 5) == odd
    assert version_id(moment(0), odd, 1, Terms) == odd


def test_json_text_is_kept_as_it_is():
    text = '{ "b": 1,  "a": [1.0, "\\u00e9"] }'
    assert json_column(JsonText(text)) == text
    assert json_column({"b": "é", "a": (1, {"c": JsonText('{"d": 2}')})}) == '{"b":"é","a":[1,{"c":{"d":2}}]}'
