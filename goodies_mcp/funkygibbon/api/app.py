"""The hub's application: routes, the guard on each, errors, and what surrounds them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from goodies_mcp.funkygibbon.api.access import ACCESS
from goodies_mcp.funkygibbon.api.document import make_truthful
from goodies_mcp.funkygibbon.api.errors import add_error_handlers
from goodies_mcp.funkygibbon.api.hub import Hub
from goodies_mcp.funkygibbon.api.middleware import Packing, Surroundings
from goodies_mcp.funkygibbon.api.routes import audit, auth, content, devices, graph, members, status, sync

_ABOUT = """The hub of goodies-mcp: what a home's devices have in common. Every error has the same body; the text of
`inbetweenies-v3` is in PROTOCOL.md."""


def build_api(hub: Hub) -> FastAPI:
    """The application without its surroundings."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await hub.store.close()

    api = FastAPI(
        title="FunkyGibbon",
        version=hub.version,
        description=_ABOUT,
        lifespan=lifespan,
        # Pages for people would load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        # A redirect would carry the body of a sync, and its token, to an address made from the Host header.
        redirect_slashes=False,
    )
    api.state.hub = hub
    for routes in (status, auth, sync, graph, content, members, devices, audit):
        api.include_router(routes.router)
    add_error_handlers(api)
    make_truthful(api)
    return api


def build_app(hub: Hub) -> ASGIApp:
    """The application as it is served."""
    return Surroundings(Packing(build_api(hub)), hub)


__all__ = ["ACCESS", "build_api", "build_app"]
