"""The recorded conversations: read, written out where they were abbreviated, and compared with what is answered now.

What no two runs share (moments, tokens, ports, durations) is compared by a rule of its own, and never left out.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "transcripts"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))

_LONG = re.compile(r"(.*)<abbreviated: (\d+) chars>", re.DOTALL)
_MANY = re.compile(r"<abbreviated: (\d+) items in all>")
_ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
_NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")

_BULK = 400
"""Creates in each of the three pushes of transcript 29; only the first one was recorded, and only its beginning."""


@dataclass(frozen=True)
class Step:
    """One request and its recorded answer. ``unrecorded`` steps were made, and not written down; in ``guessed`` ones
    some versions are made up, as the record cuts them off."""

    name: str
    note: str
    request: dict[str, Any]
    response: dict[str, Any]
    unrecorded: bool = False
    guessed: bool = False


def steps(name: str) -> list[Step]:
    """The conversation of one file, its requests written out in full."""
    read = json.loads((FOLDER / f"{name}.json").read_text())
    found = []
    for step in read["steps"]:
        request = {**step["request"], "body": _written_out(step)}
        guessed = _MANY.search(json.dumps(step["request"]["body"])) is not None
        found.append(Step(name, step["note"], request, step["response"], guessed=guessed))
        if "first of three such pushes" in step["note"]:
            found += [_bulk_push(found[-1], number) for number in (1, 2)]
    return found


def body_bytes(request: dict[str, Any]) -> bytes | None:
    """The body as it is sent."""
    body = request["body"]
    if body is None:
        return None
    raw = body.get("_raw") if isinstance(body, dict) else None
    return (json.dumps(body) if raw is None else raw).encode()


def at(step: Step) -> datetime | None:
    """When the hub carried the step out, as near as its answer tells."""
    body = step.response["body"]
    told = body.get("server_time") if isinstance(body, dict) else None
    return datetime.fromisoformat(told) - timedelta(milliseconds=2) if told else None


# Abbreviated requests.


def _written_out(step: dict[str, Any]) -> Any:
    body = step["request"]["body"]
    if not isinstance(body, dict):
        return body
    if "<abbreviated" in body.get("_raw", ""):
        return {"_raw": _raw(step)}
    return _expanded(body)


def _expanded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _expanded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        many = _MANY.fullmatch(value[-1]) if value and isinstance(value[-1], str) else None
        if many is None:
            return [_expanded(inner) for inner in value]
        return _bulk_changes(value[:-1], int(many[1]))
    found = _LONG.fullmatch(value) if isinstance(value, str) else None
    # What was cut off repeats the last letter that is left: so the notes say.
    return value if found is None else found[1] + found[1][-1] * (int(found[2]) - len(found[1]))


def _bulk_changes(shown: list[Any], count: int, number: int = 0) -> list[Any]:
    """The creates of transcript 29: ids and counters count on; only the microseconds of versions are made up."""
    changes = [*shown]
    for n in range(len(shown), count):
        total = number * _BULK + n
        version = f"2026-11-22T09:12:{2 + 3 * number:02}.{357500 + n:06}+00:00-{55 + total:06}-load"
        entity = {
            **shown[0]["entity"],
            "id": f"00000000-0000-4000-8000-{0x1000 + total:012x}",
            "version": version,
            "name": f"bulk {total}",
        }
        changes.append({**shown[0], "entity": entity})
    return changes


def _bulk_push(first: Step, number: int) -> Step:
    body = first.request["body"]
    pushed = _bulk_changes(body["changes"][:1], _BULK + 1, number)[1:]
    for n, change in enumerate(pushed):
        entity, total = change["entity"], number * _BULK + n
        entity["id"] = f"00000000-0000-4000-8000-{0x1000 + total:012x}"
        entity["name"] = f"bulk {total}"
        entity["version"] = f"{entity['version'][:33]}{55 + total:06}-load"
    pushed = [_as_recorded(change) for change in pushed]
    moment = datetime.fromisoformat(first.response["body"]["server_time"]) + timedelta(seconds=2 * number)
    answer = {"status": 200, "headers": {}, "body": {"server_time": moment.isoformat(timespec="microseconds")}}
    request = {**first.request, "body": {**body, "changes": pushed}}
    return Step(first.name, f"push {number + 1} of three", request, answer, unrecorded=True, guessed=True)


def _as_recorded(change: dict[str, Any]) -> dict[str, Any]:
    """With the version that later pages show of it, where they do."""
    known = _shown_later().get(change["entity"]["id"])
    return change if known is None else {**change, "entity": {**change["entity"], "version": known}}


def _shown_later() -> dict[str, str]:
    read = json.loads((FOLDER / "29-pagination-cursor.json").read_text())
    pages = (step["response"]["body"].get("changes", []) for step in read["steps"])
    return {
        change["entity"]["id"]: change["entity"]["version"]
        for page in pages
        for change in page
        if isinstance(change, dict)
    }


def _raw(step: dict[str, Any]) -> str:
    """The three bodies that no JSON library writes: cut off in the record, but their length and their effect are
    known."""
    shown, length = _LONG.fullmatch(step["request"]["body"]["_raw"]).groups()
    entity = {
        "NaN in content": ("000000000314", "2026-11-22T09:12:00.126733+00:00-000036-alice", '"nan"', '{"x": NaN}'),
        "30-digit integer in content": (
            "000000000315",
            "2026-11-22T09:12:00.149285+00:00-000037-alice",
            '"big"',
            '{"x": 123456789012345678901234567890}',
        ),
        "lone surrogate escape in name": (
            "00000000001f",
            "2026-11-22T09:12:00.627000+00:00-000040-alice",
            # Of this one nothing came back: only the length of its name is known.
            '"\\ud800 and some more."',
            "{}",
        ),
    }[step["note"]]
    number, version, name, content = entity
    moment = version[:32]
    body = (
        '{"protocol_version": "inbetweenies-v2", "device_id": "device-A", "user_id": "alice", "sync_type": "delta", '
        '"vector_clock": {"clocks": {}}, "changes": [{"change_type": "create", "entity": '
        f'{{"id": "00000000-0000-4000-8000-{number}", "version": "{version}", "entity_type": "device", '
        f'"name": {name}, "content": {content}, "source_type": "manual", "user_id": "alice", "parent_versions": []}}, '
        f'"relationships": []}}], "filters": {{"since": "{moment}"}}}}'
    )
    assert body.startswith(shown)
    assert len(body) == int(length), (len(body), length)
    return body


# Comparing.


@dataclass
class Comparison:
    """Holds what one run of a conversation calls by other names than the record: digests, tokens, the address."""

    address: str
    exact_digests: bool = True
    digests: dict[str, str] = field(default_factory=dict)

    def differences(self, step: Step, status: int, headers: dict[str, str], body: bytes) -> list[str]:
        """Everything in which an answer is another than the recorded one."""
        recorded = step.response
        found = [] if status == recorded["status"] else [f"status {status}, recorded {recorded['status']}"]
        for key, value in recorded["headers"].items():
            told = headers.get(key, "")
            if key == "location":
                told = told.replace(self.address, "http://127.0.0.1:18101")
            if key != "content-length" and told != value:
                found.append(f"{key}: {told!r}, recorded {value!r}")
        answered = parsed(body)
        found += self._compare("body", recorded["body"], answered)
        found += self._lengths(recorded, len(body), answered)
        return found

    def _lengths(self, recorded: dict[str, Any], length: int, answered: Any) -> Iterator[str]:
        """Abbreviated answers too have their whole length recorded; only how long it took is written in more or fewer
        digits."""
        said = recorded["body"]
        if not isinstance(said, dict) or "sync_stats" not in said or "sync_stats" not in answered:
            return
        wanted = int(recorded["headers"]["content-length"]) - _digits(said)
        if length - _digits(answered) != wanted:
            yield f"length {length - _digits(answered)}, recorded {wanted}"

    def _compare(self, place: str, recorded: Any, answered: Any) -> Iterator[str]:
        rule = _RULES.get(place.rpartition(".")[2])
        if rule is not None and recorded is not None:
            if not rule(self, recorded, answered):
                yield f"{place}: {answered!r:.200}, recorded {recorded!r:.200}"
        elif isinstance(recorded, dict) and isinstance(answered, dict):
            for key in recorded.keys() | answered.keys():
                yield from self._compare(f"{place}.{key}", recorded.get(key, _NOTHING), answered.get(key, _NOTHING))
        elif isinstance(recorded, list) and isinstance(answered, list):
            yield from self._compare_lists(place, recorded, answered)
        elif isinstance(recorded, str) and (cut := _LONG.fullmatch(recorded)) is not None:
            if not (answered.startswith(cut[1]) and len(answered) == int(cut[2])):
                yield f"{place}: {answered!r:.200}, recorded {recorded!r}"
        elif recorded != answered or type(recorded) is not type(answered):
            yield f"{place}: {answered!r:.200}, recorded {recorded!r:.200}"

    def _compare_lists(self, place: str, recorded: list[Any], answered: list[Any]) -> Iterator[str]:
        many = _MANY.fullmatch(recorded[-1]) if recorded and isinstance(recorded[-1], str) else None
        count = int(many[1]) if many else len(recorded)
        if len(answered) != count:
            yield f"{place}: {len(answered)} items, recorded {count}"
        for n, inner in enumerate(recorded[:-1] if many else recorded):
            if n < len(answered):
                yield from self._compare(f"{place}.{n}", inner, answered[n])

    def _digest(self, recorded: str, answered: str) -> bool:
        """Where every version is known, the digest is the recorded one; later, equal states have equal digests."""
        if self.exact_digests:
            return recorded == answered
        known = self.digests.setdefault(recorded, answered)
        return known == answered and list(self.digests.values()).count(answered) == 1


_NOTHING = "<no such key>"


def parsed(body: bytes) -> Any:
    """JSON, or the text that it is instead, as the record has it."""
    try:
        return json.loads(body)
    except ValueError:
        return {"_raw": body.decode()}


def _digits(body: dict[str, Any]) -> int:
    return len(json.dumps(body["sync_stats"]["duration_ms"]))


def _near(recorded: str, answered: str, form: re.Pattern[str], seconds: float) -> bool:
    if form.fullmatch(recorded) is None or form.fullmatch(answered) is None:
        return False
    apart = datetime.fromisoformat(answered) - datetime.fromisoformat(recorded)
    return abs(apart.total_seconds()) < seconds


_RULES = {
    "server_time": lambda _, recorded, answered: _near(recorded, answered, _ZONED, 0.05),
    "expires": lambda _, recorded, answered: _near(recorded, answered, _ZONED, 1),
    "created_at": lambda _, recorded, answered: _near(recorded, answered, _NAIVE, 0.05),
    "updated_at": lambda _, recorded, answered: _near(recorded, answered, _NAIVE, 0.05),
    "duration_ms": lambda _, recorded, answered: isinstance(answered, float) and answered >= 0,
    "access_token": lambda _, recorded, answered: _JWT.fullmatch(answered) is not None,
    "token": lambda _, recorded, answered: len(answered) == len(recorded) and answered != recorded,
    "port": lambda comparison, recorded, answered: comparison.address.endswith(f":{answered}"),
    "qr_code": lambda _, recorded, answered: base64.b64decode(answered).startswith(b"\x89PNG"),
    "state_digest": Comparison._digest,
}
