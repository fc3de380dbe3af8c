"""Structured logs: one JSON object a line on standard error, without a word of a document."""

from __future__ import annotations

import logging
import sys
from typing import Final

from pythonjsonlogger.json import JsonFormatter

LOGGER: Final = "nianbao.serving"
#: BentoML, its supervisor and its HTTP server log through these.
_THEIRS: Final = ("", "bentoml", "circus", "uvicorn.error")


def configure(level: str) -> None:
    """Send the logs of the service, and what BentoML logs beside it, through one handler."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "%(levelname)s %(name)s %(message)s",
            timestamp=True,
            rename_fields={"levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
        )
    )
    for name in (*_THEIRS, LOGGER):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    logging.getLogger(LOGGER).setLevel(level)
