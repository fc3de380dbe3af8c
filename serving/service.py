"""The BentoML service: its life, health and metrics around our ASGI application.

The application answers as middleware, before BentoML's routes, so that bodies, limits, errors and
streams are its own.  BentoML runs one process of it; documents are read in the pool behind.
"""

from __future__ import annotations

from typing import Any

import bentoml
import click
from starlette.types import ASGIApp, Receive, Scope, Send

from nianbao.batch.child import die_with_parent
from serving import logs
from serving.app import Serving, route
from serving.listening import check_listening
from serving.settings import Settings, load


def _settings() -> Settings:
    """Return the settings, with the address that `bentoml serve` was told, for that is the one which
    is listened on; raises SettingsError, so that it does not start where keys are missing."""
    context = click.get_current_context(silent=True)
    asked = None if context is None else context.params.get("host")
    return load() if asked is None else load(host=asked)


SETTINGS = _settings()
logs.configure(SETTINGS.log_level)
SERVING = Serving(SETTINGS)
_PATH = "nianbao.path"
#: The class of BentoML's middleware, which is not public: where it has another name some day, it stays.
_BENTOMLS_BOUND = "TimeoutMiddleware"


class Front:
    """Our application in BentoML's place; BentoML answers for its own paths."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        else:
            await SERVING(
                {**scope, "path": scope.get(_PATH, scope["path"])}, receive, send, self.app
            )


class Named:
    """Calls paths by few names before BentoML counts them: each name that it meets costs it some
    kilobytes for good, and anyone may ask for any path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, _PATH: scope["path"], "path": route(scope["path"])}
        await self.app(scope, receive, send)


class NamedService(bentoml.Service[Any]):  # type: ignore[misc]
    """A service whose paths are named before all else, and whose answers our application bounds.

    BentoML's own bound would give up uploads of archives, and its timer stays until the bound is over,
    whenever the answer came: with it 5 kB of each request, its tracing span above all.
    """

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        app = super().to_asgi(is_main)
        kept = [one for one in app.user_middleware if one.cls.__name__ != _BENTOMLS_BOUND]
        app.user_middleware = kept
        return Named(app)


class Reader:
    """Reads annual reports on government information disclosure."""

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def start(self) -> None:
        """Load the model; raises SettingsError on an address that needs keys and has none."""
        logs.configure(SETTINGS.log_level)
        check_listening(SETTINGS)
        die_with_parent()
        await SERVING.start()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    async def stop(self) -> None:
        """Finish what was taken."""
        await SERVING.stop()


Nianbao: Any = bentoml.service(
    name="nianbao",
    service_class=NamedService,
    workers=1,
    logging={"access": {"enabled": False}},
)(Reader)
Nianbao.add_asgi_middleware(Front)
