"""What the features are on the pages that the model was trained on, and how far another page lies off.

A page is as new as it is far from the nearest of the prototypes, made pages picked so that every other
made page lies near one.  How far is far is told by made pages that took no part in picking them: a
novelty of 0.99 says that 99 % of those lie nearer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nianbao.bundle import Bundle
from nianbao.exceptions import BundleError
from nianbao.profile.features import FEATURES, Feature

Floats = NDArray[np.float64]

FORMAT: Final = 1
#: The file beside a model.
FILE: Final = "profile.json"
#: Made pages that others are compared with.
PROTOTYPES: Final = 256
#: The middle of the made pages that is taken for usual, of each feature.
USUAL: Final = (0.005, 0.995)
#: A feature that hardly varies on made pages counts as if it varied by so much.
_LEAST_SCALE: Final = 0.02
#: Scales by which one feature may move a page away; else a single one would hide all the others.
_FARTHEST: Final = 4.0
#: Prototypes are kept to a sixteenth of a scale, within eight scales.
_STEPS, _MOST = 16, 127
#: Features that a message names.
_NAMED: Final = 3
_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Unusual:
    """A feature of a page that lies off [`low`, `high`], where it lies on usual made pages."""

    feature: Feature
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        usual = range_name(self.low, self.high)
        return f"{self.feature.title}为 {self.value:.0%}，训练页面为 {usual}"


@dataclass(frozen=True, slots=True)
class Novelty:
    """How new a page is: `percentile` is the share of made pages that lie nearer to the prototypes,
    `distance` how far it lies, `excess` that distance over the one below which 99 % of made pages lie,
    `nearest` its nearest prototype, and `unusual` names the features that are off, the farthest first.
    """

    percentile: float
    distance: float
    excess: float
    nearest: int
    unusual: tuple[Unusual, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The reference: arrays are [features], `prototypes` [prototypes, features] in scales from the
    center, `distances` [101] of held-out pages at each percent.

    `edges` are the inner bounds of the bins of each feature and `shares` what part of the made pages
    is in each; `rates` are measures of the made pages as a batch, e.g. `failed_checks`; `about` says
    what it was made from.
    """

    center: Floats
    scale: Floats
    low: Floats
    high: Floats
    edges: tuple[Floats, ...]
    shares: tuple[Floats, ...]
    prototypes: Floats
    distances: Floats
    rates: Mapping[str, float]
    about: Mapping[str, Any]

    @property
    def pages(self) -> int:
        """How many made pages it was made from."""
        return int(self.about["pages"])

    def novelty(self, values: Floats) -> Novelty:
        """Return how new a page with these features (float64 [features]) is."""
        apart = np.abs(self.prototypes - (values - self.center) / self.scale)
        distances = _root_mean_square(apart)
        nearest = int(distances.argmin())
        distance = float(distances[nearest])
        grid = np.linspace(0.0, 1.0, len(self.distances))
        percentile = float(np.interp(distance, self.distances, grid))
        return Novelty(
            percentile=round(percentile, 4),
            distance=round(distance, 4),
            excess=round(distance / max(float(self.distances[-2]), 1e-9), 4),
            nearest=nearest,
            unusual=self._unusual(values),
        )

    def _unusual(self, values: Floats) -> tuple[Unusual, ...]:
        off = np.maximum(self.low - values, values - self.high) / self.scale
        named: list[Unusual] = []
        for at in np.argsort(-off, kind="stable").tolist():
            feature = FEATURES[at]
            unsure = feature.group == "labels" and any(u.feature.group == "labels" for u in named)
            if off[at] <= 0 or len(named) == _NAMED:
                break
            if not unsure:  # one of the scores says what the others would
                named.append(
                    Unusual(feature, float(values[at]), float(self.low[at]), float(self.high[at]))
                )
        return tuple(named)

    def to_json(self) -> str:
        """Return it as JSON, the same for the same profile."""
        content = {
            "format": FORMAT,
            "about": dict(self.about),
            "rates": dict(self.rates),
            "distances": _rounded(self.distances),
            "features": {
                feature.name: {
                    "center": _rounded(self.center)[at],
                    "scale": _rounded(self.scale)[at],
                    "usual": [_rounded(self.low)[at], _rounded(self.high)[at]],
                    "edges": _rounded(self.edges[at]),
                    "shares": _rounded(self.shares[at]),
                }
                for at, feature in enumerate(FEATURES)
            },
            "prototypes": np.rint(self.prototypes * _STEPS).astype(int).tolist(),
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Profile:
        """Read a profile; raise BundleError where it is none of this library."""
        try:
            content = json.loads(text)
            features = content["features"]
            if content["format"] != FORMAT or set(features) != {f.name for f in FEATURES}:
                raise BundleError(
                    f"{FILE} 的特征与本库不一致，请用 python -m training.profile 重做"
                )
            own = [features[feature.name] for feature in FEATURES]
            return cls(
                center=np.array([one["center"] for one in own]),
                scale=np.array([one["scale"] for one in own]),
                low=np.array([one["usual"][0] for one in own]),
                high=np.array([one["usual"][1] for one in own]),
                edges=tuple(np.array(one["edges"], dtype=np.float64) for one in own),
                shares=tuple(np.array(one["shares"], dtype=np.float64) for one in own),
                prototypes=np.array(content["prototypes"], dtype=np.float64) / _STEPS,
                distances=np.array(content["distances"]),
                rates=content["rates"],
                about=content["about"],
            )
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise BundleError(f"{FILE} 无法理解：{error}") from error


def load_profile(bundle: Bundle) -> Profile | None:
    """Return the profile beside a model, None where the bundle has none.

    Raises BundleError for one that is damaged or of other features."""
    content = bundle.file(FILE)
    return None if content is None else Profile.from_json(content.decode("utf-8", "replace"))


def make_profile(
    pages: Sequence[Floats],
    held_out: Sequence[Floats],
    rates: Mapping[str, float],
    about: Mapping[str, Any],
) -> Profile:
    """Make the profile of `pages`, calibrated on the pages `held_out`, both features of `measure`.

    The same pages give the same profile.  Raises ValueError when there are none.
    """
    if not len(pages) or not len(held_out):
        raise ValueError("a profile needs pages, and others to calibrate it on")
    values, others = np.array(pages), np.array(held_out)
    center = np.round(np.median(values, axis=0), 4)
    scale = np.round(np.maximum(values.std(axis=0), _LEAST_SCALE), 4)
    low, high = np.round(np.quantile(values, USUAL, axis=0), 4)
    # Rounded as the file has them, so that a profile read again is the one that was made.
    steps = np.clip(np.rint((values - center) / scale * _STEPS), -_MOST, _MOST)
    prototypes = _spread(steps / _STEPS, PROTOTYPES)
    edges = tuple(_edges(column) for column in values.T)
    apart = [_root_mean_square(np.abs(prototypes - row)).min() for row in (others - center) / scale]
    return Profile(
        center=center,
        scale=scale,
        low=low,
        high=high,
        edges=edges,
        shares=tuple(
            np.round(binned(column, own) / len(values), 4)
            for column, own in zip(values.T, edges, strict=True)
        ),
        prototypes=prototypes,
        distances=np.round(np.quantile(apart, np.linspace(0.0, 1.0, 101)), 4),
        rates={name: round(rate, 4) for name, rate in rates.items()},
        about={**about, "pages": len(values), "held_out": len(others)},
    )


def range_name(low: float, high: float) -> str:
    """Return what the shares from `low` to `high` are called."""
    first, last = f"{low:.0%}", f"{high:.0%}"
    return first if first == last else f"{first} 至 {last}"


def binned(values: Floats, edges: Floats) -> NDArray[np.int64]:
    """Return how many of `values` are in each of the len(edges) + 1 bins; an edge is in the lower."""
    places = np.searchsorted(edges, values, side="left")
    return np.bincount(places, minlength=len(edges) + 1)


def _edges(values: Floats) -> Floats:
    """The bounds of bins that hold about as many pages each, fewer where many pages are alike; what
    lies off the usual has bins of its own."""
    inner = np.linspace(0.0, 1.0, _BINS + 1)[1:-1]
    found: Floats = np.unique(np.round(np.quantile(values, (USUAL[0], *inner, USUAL[1])), 4))
    return found


def _root_mean_square(apart: Floats) -> Floats:
    """Return the distance of each row of absolute differences [rows, features]."""
    bounded = np.minimum(apart, _FARTHEST)
    distances: Floats = np.sqrt((bounded * bounded).mean(axis=1))
    return distances


def _spread(pages: Floats, count: int) -> Floats:
    """Pick `count` of `pages`, each time the one farthest from those picked, from the middle on."""
    nearest = _root_mean_square(np.abs(pages))
    picked = [int(nearest.argmin())]
    distances = _root_mean_square(np.abs(pages - pages[picked[0]]))
    while len(picked) < count:
        farthest = int(distances.argmax())
        if distances[farthest] == 0:
            break
        picked.append(farthest)
        distances = np.minimum(distances, _root_mean_square(np.abs(pages - pages[farthest])))
    return pages[picked]


def _rounded(values: Floats) -> list[float]:
    return [round(value, 4) for value in values.tolist()]
