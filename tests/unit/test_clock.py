"""The real time and real ids have the form that versions want."""

import re
from datetime import UTC, datetime
from uuid import UUID

from goodies_mcp.clock import RandomIds, SystemClock


def test_the_clock_says_utc_with_microseconds():
    before = datetime.now(UTC)
    said = SystemClock().now()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", said)
    assert before <= datetime.fromisoformat(said) <= datetime.now(UTC)


def test_ids_are_random_uuids_that_differ():
    made = {RandomIds().new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(str(UUID(text)) == text and UUID(text).version == 4 for text in made)
