"""Structured logs: one JSON object a line on standard error, without a word of a document."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import Final

from pythonjsonlogger.json import JsonFormatter

LOGGER: Final = "nianbao.serving"
#: The request that is answered, in every line that is logged meanwhile.
REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")
#: BentoML, its supervisor and its HTTP server log through these.
_THEIRS: Final = ("", "bentoml", "circus", "uvicorn.error")


class _WithRequest(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST_ID.get()
        return True


def configure(level: str) -> None:
    """Send the logs of the service, and what BentoML logs beside it, through one handler."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "%(levelname)s %(name)s %(message)s %(request_id)s",
            timestamp=True,
            rename_fields={"levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
        )
    )
    handler.addFilter(_WithRequest())
    for name in (*_THEIRS, LOGGER):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    logging.getLogger(LOGGER).setLevel(level)
