"""Promote a proposal that passed its gate, take the last promotion back, or list the registry.

    python -m training.promote runs/retrain/…/proposal
    python -m training.promote --take-back
    python -m training.promote --list

`$BENTOML_HOME/nianbao/aliases/current` is then the new model for whoever reads it, and `models/tagger`
a copy of it; see `training.registry`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from nianbao.bundle import Bundle
from nianbao.exceptions import NianbaoError
from training.gate.gate import GATE, Places, bundle_sha256, read_outcome
from training.provenance import ROOT, STORY
from training.registry import Registry, State, digest_of, listing

SHIPS = ROOT / "models" / "tagger"


class PromotionRefused(NianbaoError):
    """A proposal is not promoted; the message says why."""

    code = "promotion_refused"


def promote(
    registry: Registry, proposal: Path, ships: Path | None, without: Collection[str] = ()
) -> str:
    """Make the bundle of `proposal` current, and a copy of it ship in folder `ships` (None for none);
    return its version.

    Where the registry is empty, what ships now becomes the model to take back to.  Raises
    PromotionRefused without a gate that passed for just this bundle against just the current one, and
    where a file is missing that the current bundle has (its calibration), unless it is in `without`;
    and BundleError.
    """
    places = Places.of(proposal)
    bundle = Bundle.load(places.bundle)
    compared = passed_against(places, bundle)
    with registry.locked() as state:
        if state.current is None:
            state = State(current=registry.add(Bundle.load(ships or SHIPS)))
        assert state.current is not None
        if compared != digest_of(registry.path(state.current)):
            raise PromotionRefused(
                f"{places.gate} 比较的不是现在的模型 {state.current}，请重新运行 python -m training.gate"
            )
        has = Bundle.load(registry.path(state.current)).manifest.files
        lost = sorted(has.keys() - bundle.manifest.files.keys() - {STORY} - set(without))
        if lost:
            raise PromotionRefused(
                f"{places.bundle} 没有现在的模型所带的 {'、'.join(lost)}："
                f"先为它做一份（docs/training.md），或用 --without 说明不要"
            )
        version = registry.add(bundle)
        registry.switch(replace(state.promoted(version), ships=str(ships) if ships else None))
    return version


def passed_against(places: Places, bundle: Bundle) -> str:
    """Return the digest of the bundle that the gate of a proposal compared it with.  Raises
    PromotionRefused where there is no gate for this bundle, or it refused it."""
    outcome = read_outcome(places.gate)
    if outcome is None:
        raise PromotionRefused(
            f"{places.gate} 不存在或无法读取：先运行 python -m training.gate {places.gate.parent}"
        )
    if outcome.get("candidate") != bundle_sha256(bundle):
        raise PromotionRefused(f"{places.gate} 说的是另一个模型，不是 {places.bundle}")
    failed = [one["name"] for one in outcome.get("checks", ()) if not one["passed"]]
    if failed or not outcome.get("passed"):
        raise PromotionRefused(f"{GATE} 没有通过：{'、'.join(failed) or '结论为未通过'}")
    return str(outcome.get("current"))


def stand_by(registry: Registry, proposal: Path) -> str:
    """Put the bundle of `proposal` into the store under the alias *candidate*, judged or not, and return
    its version: for whoever wants to try it.  Raises BundleError."""
    with registry.locked() as state:
        version = registry.add(Bundle.load(Places.of(proposal).bundle))
        registry.switch(replace(state, candidate=version))
    return version


def take_back(registry: Registry) -> str:
    """Make current what was current before the last promotion; return its version.

    Raises RegistryError where there was none."""
    with registry.locked() as state:
        before = state.taken_back()
        registry.switch(before)
    return str(before.current)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 0 done, 1 refused."""
    parser = argparse.ArgumentParser(prog="python -m training.promote", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("proposal", type=Path, nargs="?", help="a folder with bundle/ and gate.json")
    what.add_argument("--take-back", action="store_true", help="undo the last promotion")
    what.add_argument("--list", action="store_true", help="list the models and their aliases")
    parser.add_argument("--candidate", action="store_true", help="only name the proposal candidate")
    parser.add_argument("--ships", type=Path, default=SHIPS, help="the folder that ships")
    parser.add_argument("--without", nargs="*", default=[], metavar="FILE",
                        help="files of the current bundle that the new one may lack")  # fmt: skip
    parser.add_argument("--no-ship", action="store_true", help="leave the folder that ships alone")
    options = parser.parse_args(arguments)
    try:
        registry = Registry.open()
        if options.list:
            for one in listing(registry):
                print(one["version"], *one["aliases"], one["path"], sep="\t")
        elif options.take_back:
            print(f"current: {take_back(registry)}")
        elif options.candidate:
            print(f"candidate: {stand_by(registry, options.proposal)}")
        else:
            ships = None if options.no_ship else options.ships.resolve()
            print(f"current: {promote(registry, options.proposal, ships, options.without)}")
    except (NianbaoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
