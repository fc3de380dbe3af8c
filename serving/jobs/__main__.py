"""`python -m serving.jobs`: work on the jobs of a service, which starts one by itself, with its number."""

from __future__ import annotations

import logging
import sys

from nianbao.batch.child import die_with_parent
from serving import logs
from serving.jobs.runner import Runner
from serving.jobs.store import Store
from serving.logs import LOGGER
from serving.settings import SettingsError, load


def main() -> int:
    """Work until a signal ends this process; return the exit status."""
    try:
        settings = load()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logs.configure(settings.log_level)
    if len(sys.argv) > 1:
        die_with_parent(int(sys.argv[1]))
    try:
        Runner(settings, Store(settings.jobs_path)).run()
    except Exception as error:  # noqa: BLE001 - SQLite's and Redis' errors are many
        logging.getLogger(LOGGER).error("consumer fault", extra={"error": type(error).__name__})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
