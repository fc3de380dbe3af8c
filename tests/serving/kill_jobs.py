"""Kill the server, the consumer or the process that builds, at random moments of one job, and compare
what comes out with a run that nobody disturbed.

    python -m tests.serving.kill_jobs --kills 12 --pages 300 --seed 1

Takes as long as the job and some seconds for each kill.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import psutil

from nianbao.batch.engines import Serial
from nianbao.batch.run import Options, run
from nianbao.batch.score import Model
from serving.jobs.results import line
from tests.serving.archives import has_ended, packed, pages, submit, wait
from tests.serving.served import Served, free_port, served

KINDS = ("server", "consumer", "builder")
#: A job whose own process ends unexpectedly once more fails, as it should.
BUILDERS = 2


def undisturbed(archive: bytes, folder: Path) -> list[bytes]:
    """Return the lines of the results of `archive`, by one run in this process."""
    path = folder / "p.zip"
    path.write_bytes(archive)
    outcomes = run([str(path)], Options(Serial(Model(rules_only=True))))
    before = f'"{folder}/'.encode()
    return [
        line(one).replace(before, b'"', 1) for one in sorted(outcomes, key=lambda one: one.place)
    ]


def kill(service: Served, what: str) -> None:
    """Kill the server, or one of those that it has started for jobs, where there is one."""
    if what == "server":
        service.kill()
        return
    wanted = {"consumer": "serving.jobs", "builder": "serving.jobs.build"}[what]
    for child in psutil.Process(service.process.pid).children(recursive=True):
        try:
            if wanted in child.cmdline():
                child.kill()
        except psutil.NoSuchProcess:
            continue


def main(arguments: list[str]) -> int:
    """Run the job and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    random, port, done = Random(given.seed), free_port(), Counter[str]()
    archive = packed(pages(given.pages))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = {
            "rules_only": True, "processes": 1, "jobs_folder": folder / "jobs", "jobs_processes": 1,
        }  # fmt: skip
        job = ""
        while True:
            with served(port, **settings) as service:
                job = job or submit(service.client, archive)
                while sum(done.values()) < given.kills and service.process.poll() is None:
                    time.sleep(random.uniform(0.2, 4.0))
                    may = [what for what in KINDS if what != "builder" or done[what] < BUILDERS]
                    what = random.choice(may)
                    if has_ended(service.client.get(job).json()):
                        break
                    kill(service, what)
                    done[what] += 1
                if service.process.poll() is None:
                    found = wait(service.client, job, has_ended, 600)
                    lines = service.client.get(f"{job}/results").content.splitlines(keepends=True)
                    break
        same = lines == undisturbed(archive, folder)
    killed = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
    sys.stdout.write(
        f"{found['state']} after kills ({killed}); {len(lines)} lines, as undisturbed: {same}\n"
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
