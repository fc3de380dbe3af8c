"""Write run.lock, batch.lock, annotate.lock, serve.lock, dev.lock and studio.lock: every package of an environment
with its version, one a line.

    python requirements/lock.py

pip resolves what pyproject.toml declares, against whatever registry it is set up for; neither its
address nor a local version such as `+cpu` is written down, so that the locks hold elsewhere.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYPROJECT = HERE.parent / "pyproject.toml"
HEAD = "# Made by requirements/lock.py from pyproject.toml: {what}.\n"
#: The version whose API and exports `annotations/studio` was tested with.
STUDIO = "label-studio==1.23.2"


def resolve(requirements: list[str]) -> dict[str, str]:
    """Return {normalised name: version} of `requirements` and all that they need."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    done = subprocess.run(
        [*command, "--report", "-", *requirements], stdout=subprocess.PIPE, check=True
    )
    found = (item["metadata"] for item in json.loads(done.stdout)["install"])
    return {
        re.sub(r"[-_.]+", "-", one["name"]).lower(): one["version"].partition("+")[0]
        for one in found
    }


def write(path: Path, pins: dict[str, str], what: str) -> None:
    """Write `pins` in the order of their names."""
    lines = [f"{name}=={version}\n" for name, version in sorted(pins.items())]
    path.write_text(HEAD.format(what=what) + "".join(lines), encoding="utf-8")
    print(f"{path.name}: {len(pins)} packages")


def main() -> None:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    build: list[str] = project["build-system"]["requires"]
    base: list[str] = [*project["project"]["dependencies"], *build]
    run = resolve(base)
    write(HERE / "run.lock", run, "what parsing needs, and setuptools to install the package")
    extras: dict[str, list[str]] = project["project"]["optional-dependencies"]
    batch = resolve([*base, *pins(run), *extras["batch"]])
    write(HERE / "batch.lock", batch, "what run.lock has, and the extra batch")
    annotate = resolve([*base, *pins(run), *extras["annotate"]])
    write(HERE / "annotate.lock", annotate, "what run.lock has, and the extra annotate")
    serve = resolve([*base, *pins(batch), *extras["batch"], *extras["serve"]])
    write(HERE / "serve.lock", serve, "what batch.lock has, and the extra serve")
    everything = [one for extra in extras.values() for one in extra]
    dev = resolve([*base, *pins(annotate), *pins(serve), *everything])
    write(HERE / "dev.lock", dev, "all extras; what the others have is the same here")
    studio = "Label Studio, in an environment of its own: it wants another numpy"
    write(HERE / "studio.lock", resolve([STUDIO]), studio)


def pins(versions: dict[str, str]) -> list[str]:
    """Return the requirements that ask for just these versions."""
    return [f"{name}=={version}" for name, version in versions.items()]


if __name__ == "__main__":
    main()
