import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.core.intake import cut_pages, model_numbers


@given(st.text(alphabet="ab \n\f.", max_size=400), st.integers(4, 60))
def test_nothing_is_lost_when_a_text_is_cut(text, size):
    pages = cut_pages(text, size)
    assert "".join("".join(pages).split()) == "".join(text.split())
    assert all(page.strip() and len(page) <= size for page in pages)


def test_a_text_is_cut_where_a_reader_would_cut_it():
    assert cut_pages("one\ftwo\f\fthree") == ("one", "two", "three")
    assert cut_pages("first paragraph\n\nsecond one\nof two lines", 24) == (
        "first paragraph",
        "second one\nof two lines",
    )
    assert cut_pages("words in a row without an end", 12) == ("words in a", "row without", "an end")
    assert cut_pages("x" * 25, 10) == ("x" * 10, "x" * 10, "x" * 5)
    assert cut_pages(" \n\f ") == ()
    assert cut_pages("   aa", 4) == ("aa",)


def test_numbers_of_models_are_found_where_they_stand_and_where_they_are_often():
    pages = [
        "Instruction manual. Model: AQ 600 Eco, AQ 650\nType WGB256A1GB and WGB256A2GB. E-Nr: SMV4HVX38G/01",
        "NL-40 is meant. See NL-40. NL-40 again. Model No. 5501XL",
    ]
    found = model_numbers(pages)
    assert set(found) == {"AQ 600", "AQ 650", "WGB256A1GB", "WGB256A2GB", "SMV4HVX38G/01", "NL-40", "5501XL"}


def test_what_only_looks_like_a_number_of_a_model_is_left_out():
    text = "EN 60335-1, IEC 61000, CR2032, IP44, USB 20, in 2021, 230V, GmbH and page 12. " * 5
    assert model_numbers([text]) == ()


@pytest.mark.parametrize("text", ["A" * 10**6, "A1" * 500_000, "type " * 200_000, "type" + " " * 10**6, "A-" * 500_000])
@pytest.mark.timeout(20)
def test_looking_for_them_takes_no_longer_than_the_text(text):
    model_numbers([text])
