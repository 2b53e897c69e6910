"""The stand-in for a fielded hub is judged by the recorded conversations alone: every request again, over real HTTP,
and every answer compared with the recorded one."""

import http.client
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.interop.recorded import NAMES, Comparison, Step, at, body_bytes, parsed, steps
from tests.interop.v2_hub.app import V2Hub
from tests.interop.v2_hub.rows import Rows
from tests.interop.v2_hub.serving import served

LOGGED_IN = datetime.fromtimestamp(1795943517 - 604_800, UTC)
"""When the recorder logged in: a week before its token's end, which transcript 31 tells."""


class RecordedTime:
    """The hub's clock: told the time of each step, a microsecond later each time it is read."""

    def __init__(self) -> None:
        self.moment = LOGGED_IN

    def now(self) -> datetime:
        self.moment += timedelta(microseconds=1)
        return self.moment


class Recorder:
    """Says everything again that was said when the transcripts were made."""

    def __init__(self, hub: V2Hub, time: RecordedTime, address: str, connection: http.client.HTTPConnection) -> None:
        self._time = time
        self._connection = connection
        self._comparison = Comparison(address)
        self._tokens = {"<token>": hub.logins.grant("admin")["access_token"], "<guest token>": "none yet"}
        self._guest_tokens: dict[str, str] = {}

    def say(self, step: Step) -> list[str]:
        """In what the answer to this step differs from the recorded one."""
        moment = at(step)
        if moment is not None:
            self._time.moment = max(self._time.moment, moment)
        if step.guessed:
            self._comparison.exact_digests = False
        status, headers, body = self._send(step)
        self._learn(step, body)
        if step.unrecorded:
            return [] if status == 200 else [f"status {status}"]
        found = self._comparison.differences(step, status, headers, body)
        return [f"{step.name}, {step.note!r}: {each}" for each in found]

    def _send(self, step: Step) -> tuple[int, dict[str, str], bytes]:
        headers = dict(step.request["headers"])
        for name, token in self._tokens.items():
            if headers.get("Authorization") == f"Bearer {name}":
                headers["Authorization"] = f"Bearer {token}"
        body = body_bytes(step.request)
        for recorded, ours in self._guest_tokens.items():
            body = None if body is None else body.replace(recorded.encode(), ours.encode())
        self._connection.request(step.request["method"], step.request["path"], body, headers)
        answer = self._connection.getresponse()
        read = answer.read()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, read

    def _learn(self, step: Step, body: bytes) -> None:
        """What is called otherwise this time, and will be said back."""
        said, recorded = parsed(body), step.response["body"]
        if isinstance(said, dict) and said.get("role") == "guest":
            self._tokens["<guest token>"] = said["access_token"]
        if isinstance(recorded, dict) and "qr_data" in recorded:
            self._guest_tokens[recorded["qr_data"]["token"]] = said["qr_data"]["token"]


def replay(rows: type[Rows] = Rows) -> dict[str, list[str]]:
    """All conversations in their order, with one hub: what each step leaves there, the next ones show."""
    time = RecordedTime()
    hub = V2Hub(time.now)
    hub.rows = rows(time.now)
    with served(hub.app) as address, closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as link:
        recorder = Recorder(hub, time, address, link)
        return {name: [said for step in steps(name) for said in recorder.say(step)] for name in NAMES}


@pytest.fixture(scope="module")
def replayed() -> dict[str, list[str]]:
    return replay()


def test_every_transcript_is_there():
    assert len(NAMES) == 33
    assert sum(len(steps(name)) for name in NAMES) > 110


@pytest.mark.parametrize("name", NAMES)
def test_the_stand_in_answers_as_the_fielded_hub_did(replayed, name):
    assert replayed[name] == []


def test_a_hub_that_is_better_than_it_should_be_is_found_out():
    class Fairer(Rows):
        """Judges both sides by their edit times, which fielded hubs do not."""

        @staticmethod
        def _judge(current, challenger):
            wins = challenger > current["version"]
            return wins, f"{'remote' if wins else 'local'} has newer timestamp"

    found = replay(Fairer)

    assert found["09-concurrent-offline-later-edit-loses"]
    assert found["01-empty-full-sync"] == found["08-concurrent-newer-wins"] == []
