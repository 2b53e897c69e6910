"""A hub that says only what was recorded: each request gets the next answer of a script, taken from the transcripts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.interop.recorded import Step, steps
from tests.interop.v2_hub.serving import served


def step(name: str, note: str = "") -> Step:
    """One recorded step: the first of a transcript whose note holds this."""
    return next(each for each in steps(name) if note in each.note)


REFUSES_V3 = step("17-wrong-protocol-version", "v1")
EMPTY = step("01-empty-full-sync")


@dataclass
class ReplayHub:
    """Answers sync requests by the script, and everything else as the transcripts do: logins and histories. Of edges
    over REST nothing was recorded but that they are there: ``edges``."""

    script: list[Step]
    edges: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def serving(self) -> Iterator["ReplayHub"]:
        """On a free port of this machine."""
        routes = [
            Route("/api/v1/sync/", self._sync, methods=["POST"]),
            Route("/api/v1/auth/admin/login", self._recorded("31-auth-and-guest", "good password"), methods=["POST"]),
            Route("/api/v1/auth/refresh", self._recorded("18-bad-token", "garbage"), methods=["POST"]),
            Route("/api/v1/graph/relationships", self._edges),
            Route("/api/v1/graph/entities/{entity_id}/versions", self._versions),
        ]
        with served(Starlette(routes=routes)) as url:
            self.url = url
            yield self

    async def _sync(self, request: Request) -> Response:
        self.requests.append(await request.json())
        return _answer(self.script.pop(0) if self.script else EMPTY)

    def _recorded(self, name: str, note: str) -> Any:
        async def answer(_: Request) -> Response:
            return _answer(step(name, note))

        return answer

    async def _edges(self, _: Request) -> Response:
        return Response(json.dumps({"relationships": self.edges, "count": len(self.edges)}))

    async def _versions(self, request: Request) -> Response:
        told = [
            each
            for name in ("11-loser-acked-and-preserved", "27-ordering-in-a-batch")
            for each in steps(name)
            if each.request["path"].endswith(f"{request.path_params['entity_id']}/versions")
        ]
        return _answer(told[0] if told else step("21-unknown-vocabulary", "rolled back"))


def _answer(recorded: Step) -> Response:
    body = recorded.response["body"]
    text = body["_raw"] if isinstance(body, dict) and "_raw" in body else json.dumps(body)
    kept = {"content-type", "www-authenticate", "retry-after", "location", "allow"}
    headers = {key: value for key, value in recorded.response["headers"].items() if key in kept}
    return Response(text, recorded.response["status"], headers)
