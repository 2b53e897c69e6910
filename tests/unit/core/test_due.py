from datetime import date

import pytest

from goodies_mcp.core.due import due_dates, later, parse_day, parse_interval, unread
from goodies_mcp.core.models import EntityPayload, JsonText


def _due(**content):
    return due_dates(EntityPayload("device", "Boiler", content))


def test_dates_in_content_fall_due_in_order():
    assert _due(warranty_until="2027-05-01", due_on="2026-02-03", expires_on="2026-12-31", due="2026-01-01") == (
        ("2026-01-01", "due"),
        ("2026-02-03", "due"),
        ("2026-12-31", "expires"),
        ("2027-05-01", "warranty ends"),
    )


def test_maintenance_is_due_an_interval_after_it_was_last_done():
    tasks = [
        {"what": "descale", "last": "2026-01-31", "every": "1 month"},
        {"what": "filter", "last": "2026-01-01", "every": {"days": 180}},
        {"what": "service", "last": "2024-02-29", "every": "P1Y"},
        {"what": "sweep", "due_on": "2026-10-01", "last": "2020-01-01", "every": "yearly"},
    ]
    assert _due(maintenance=tasks) == (
        ("2025-02-28", "service"),
        ("2026-02-28", "descale"),
        ("2026-06-30", "filter"),
        ("2026-10-01", "sweep"),
    )
    assert _due(maintenance=tasks[0]) == (("2026-02-28", "descale"),)


def test_batteries_last_as_long_as_they_do():
    assert _due(battery={"changed_on": "2024-06-15", "lasts": "P2Y"}) == (("2026-06-15", "replace the battery"),)
    assert _due(battery={"changed_on": "2024-06-15"}) == ()
    assert _due(battery="AA") == ()


def test_content_kept_as_text_is_read_too():
    assert due_dates(EntityPayload("note", "Passport", JsonText('{"expires_on": "2030-01-01"}'))) == (
        ("2030-01-01", "expires"),
    )


def test_the_same_thing_on_the_same_day_is_said_once():
    assert _due(due_on="2026-01-01", due="2026-01-01T10:00:00Z") == (("2026-01-01", "due"),)


def test_a_task_without_a_name_is_maintenance_and_long_names_are_cut():
    assert _due(maintenance=[{"last": "2026-01-01", "every": 1}]) == (("2026-01-02", "maintenance"),)
    [(_, what)] = _due(maintenance=[{"what": "x" * 5_000, "due_on": "2026-01-01"}])
    assert len(what) == 200


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        1.5,
        "",
        "soon",
        "2026-02-30",
        "٢٠٢٦-٠١-٠١",
        "9999-99-99",
        [],
        {},
        ["2026-01-01"],
        "x" * 10_000,
        "\ud800",
    ],
)
def test_what_is_no_date_says_nothing(value):
    assert parse_day(value) is None
    assert _due(due_on=value, warranty_until=value, battery={"changed_on": value, "lasts": "P1Y"}) == ()
    assert _due(maintenance=value) == ()
    assert _due(maintenance=[value, {"last": value, "every": "1 month"}, {"due_on": value}]) == ()


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, -1, 0, 1.5, "", "sometimes", "0 days", "-3 months", "P", "PT5M", "P-1Y", "P99999Y", [], {}),
        *({"days": -1}, {"days": "x"}, {"months": 10**9}, {"days": True}, {"hours": 3}, "9" * 10_000, 10**30),
    ],
)
def test_what_is_no_interval_says_nothing(value):
    assert _due(maintenance=[{"last": "2026-01-01", "every": value}]) == ()


@pytest.mark.parametrize(
    ("written", "months_and_days"),
    [
        ("6 months", (6, 0)),
        ("every 6 months", (6, 0)),
        ("Every Other Week", (0, 14)),
        ("a year", (12, 0)),
        ("two weeks", (0, 14)),
        ("quarterly", (3, 0)),
        ("month", (1, 0)),
        ("P1Y6M", (18, 0)),
        ("p2w", (0, 14)),
        ("P1DT12H", (0, 1)),
        ({"months": 1, "days": 3}, (1, 3)),
        ({"weeks": "2"}, (0, 14)),
        ({"year": 1}, (12, 0)),
        (90, (0, 90)),
    ],
)
def test_intervals_are_read_as_people_write_them(written, months_and_days):
    assert parse_interval(written) == months_and_days


def test_times_are_read_as_their_utc_day():
    assert parse_day("2026-03-01T00:30:00+02:00") == date(2026, 2, 28)
    assert parse_day("2026-03-01T23:30:00") == date(2026, 3, 1)
    assert parse_day("0001-01-01T00:00:00+14:00") is None


def test_months_end_inside_themselves_and_the_calendar_has_an_end():
    assert later(date(2026, 1, 31), (1, 0)) == date(2026, 2, 28)
    assert later(date(2024, 1, 31), (1, 1)) == date(2024, 3, 1)
    assert later(date(2026, 12, 31), (2, 0)) == date(2027, 2, 28)
    assert later(date(2026, 12, 5), (12, 0)) == date(2027, 12, 5)
    assert later(date(9999, 12, 1), (1, 0)) is None
    assert later(date(9999, 12, 1), (0, 31)) is None
    assert later(date(9999, 11, 30), (1, 0)) == date(9999, 12, 30)


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        (
            {"warranty_until": "next year", "due_on": "31.12.2026", "expires_on": "2027-01-01"},
            ["due_on", "warranty_until"],
        ),
        ({"maintenance": "clean it monthly"}, ["maintenance"]),
        ({"maintenance": [{"what": "clean", "last": "2026-01-01", "every": "fortnight"}]}, ["maintenance"]),
        ({"maintenance": [{"what": "clean", "last": "2026-01-01", "every": "2 weeks"}, {"due_on": "2026-01-01"}]}, []),
        ({"maintenance": [], "warranty_until": None, "watt": 5}, []),
    ],
)
def test_dates_that_cannot_be_read_are_named(content, keys):
    assert unread(content) == keys
