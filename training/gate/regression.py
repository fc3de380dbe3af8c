"""Documents that were read wrongly once, or must never be: a candidate makes no error on any.

They are made pages, named by what makes them, so that no real report has to lie here:

    {"kind": "damage/merged", "number": 3, "seed": 77, "sha256": "…", "why": "…"}

`python -m training.gate.regression add KIND NUMBER SEED WHY` appends one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from nianbao.exceptions import NianbaoError
from training.battery import pages as battery
from training.battery.content import Sources
from training.measure.outcome import Page

SET: Final = Path(__file__).parent / "regression.json"


class RegressionSetChanged(NianbaoError):
    """A page of the regression set is made otherwise than when it was put there."""

    code = "regression_set"


def regression_pages(path: Path = SET) -> Iterator[Page]:
    """Yield the pages of the set.  Raises RegressionSetChanged where the makers make another page."""
    sources = Sources.load(None)
    for one in json.loads(path.read_text(encoding="utf-8")):
        page = battery.page(one["kind"], one["number"], one["seed"], sources)
        name = f"{one['kind']}#{one['number']}@{one['seed']}"
        if hashlib.sha256(page.data).hexdigest() != one["sha256"]:
            raise RegressionSetChanged(f"{path}：{name} 与收入时不同，请用 add 重新收入")
        yield Page(name, page.data, page.gold, traits={"source": ("regression",)})


def add(entry: dict[str, Any], path: Path = SET) -> None:
    """Put a page into the set, with the digest of what is made of it today."""
    page = battery.page(entry["kind"], entry["number"], entry["seed"], Sources.load(None))
    entry = {**entry, "sha256": hashlib.sha256(page.data).hexdigest()}
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    what = ("kind", "number", "seed")
    found = [one for one in found if [one[k] for k in what] != [entry[k] for k in what]]
    found = sorted([*found, entry], key=lambda one: (one["kind"], one["seed"], one["number"]))
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, sort_keys=True) for one in found)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Add a page from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.gate.regression", description=__doc__)
    parser.add_argument("action", choices=("add",))
    parser.add_argument("kind", choices=battery.KINDS, metavar="KIND")
    parser.add_argument("number", type=int, metavar="NUMBER")
    parser.add_argument("seed", type=int, metavar="SEED")
    parser.add_argument("why", metavar="WHY", help="what was read wrongly, in a few words")
    given = vars(parser.parse_args(arguments))
    given.pop("action")
    add(given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
