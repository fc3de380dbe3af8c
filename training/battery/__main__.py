"""Write the battery, or judge the product on it.  See `python -m training.battery --help`."""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import simplejson

from nianbao.exceptions import BundleError
from training.battery import evaluation, pages
from training.battery.content import Sources
from training.battery.evaluation import Result, Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = _options().parse_args(arguments)
    kinds = [kind for kind in pages.KINDS if any(fnmatch.fnmatch(kind, k) for k in options.kinds)]
    if not kinds:
        print(f"no kind is like {' '.join(options.kinds)}", file=sys.stderr)
        return 2
    sources = Sources.load(options.data)
    if options.out:
        write(kinds, options, sources)
    if options.evaluate:
        return evaluate(kinds, options, sources)
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.battery", description=__doc__)
    parser.add_argument("--out", type=Path, metavar="DIR", help="write pages and gold under DIR")
    parser.add_argument(
        "--evaluate", action="store_true", help="judge model and rules on the pages"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other pages")
    parser.add_argument("--per-kind", type=int, default=6, metavar="K", help="pages of each kind")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of places and official prose"
    )
    parser.add_argument("--kinds", nargs="+", default=["*"], help="patterns, as 'damage/*'")
    parser.add_argument("--only", choices=("model", "rules"), help="judge one parser alone")
    parser.add_argument(
        "--errors", type=int, default=0, metavar="N", help="errors told of each page"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    return parser


def write(kinds: Sequence[str], options: argparse.Namespace, sources: Sources) -> None:
    """Write DIR/KIND/NAME.SUFFIX and DIR/KIND/gold/NAME.json."""
    for kind in kinds:
        folder = options.out / kind
        (folder / "gold").mkdir(parents=True, exist_ok=True)
        for page in pages.pages(kind, options.per_kind, options.seed, sources):
            (folder / f"{page.name}.{page.suffix}").write_bytes(page.data)
            gold = simplejson.dumps(page.gold, use_decimal=True, ensure_ascii=False, indent=1)
            (folder / "gold" / f"{page.name}.json").write_text(gold + "\n", encoding="utf-8")


def evaluate(kinds: Sequence[str], options: argparse.Namespace, sources: Sources) -> int:
    """Judge the parsers and print one table; return 2 when the model cannot be loaded."""
    names = [options.only] if options.only else ["model", "rules"]
    try:
        parsers = evaluation.parsers(names)
    except BundleError as error:
        print(f"{error} (--only rules judges without it)", file=sys.stderr)
        return 2
    found: dict[str, dict[str, list[Verdict]]] = {}
    for kind in kinds:
        made = list(pages.pages(kind, options.per_kind, options.seed, sources))
        found[kind] = {
            n: [evaluation.judge(p, parse) for p in made] for n, parse in parsers.items()
        }
        _tell(found[kind], options.errors)
    results = {kind: _pooled([by]) for kind, by in found.items()}
    for family in dict.fromkeys(kind.split("/")[0] for kind in kinds):
        members = [by for kind, by in found.items() if kind.startswith(f"{family}/")]
        results[f"all {family}"] = _pooled(members)
    print(evaluation.table(results))
    if options.json:
        text = json.dumps(evaluation.plain(results), ensure_ascii=False, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0


def _pooled(members: list[dict[str, list[Verdict]]]) -> dict[str, Result]:
    return {
        name: evaluation.result([verdict for by in members for verdict in by[name]])
        for name in members[0]
    }


def _tell(by_parser: dict[str, list[Verdict]], limit: int) -> None:
    """Print up to `limit` errors of each page."""
    for name, verdicts in by_parser.items():
        for verdict in verdicts if limit else ():
            errors = [verdict.crash] if verdict.crash else []
            errors += [] if verdict.judged else ["is_report: judged wrongly"]
            errors += verdict.score.errors if verdict.score else ()
            if errors:
                page = verdict.page
                print(f"{page.kind}/{page.name} {name} ({', '.join(page.what)}): {len(errors)}")
                print(*(f"    {line}" for line in errors[:limit]), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
