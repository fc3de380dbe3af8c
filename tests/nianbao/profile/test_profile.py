from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nianbao.bundle import Bundle
from nianbao.exceptions import BundleError
from nianbao.profile import FEATURES, FILE, Profile, load_profile, make_profile, measure
from nianbao.profile.reference import binned
from nianbao.reading.folding import fold
from nianbao.spans import Span

NAMES = [feature.name for feature in FEATURES]
VOCABULARY = Bundle.load().vocabulary


def features(text: str, spans: list[Span]) -> dict[str, float]:
    folded = fold(text)
    return dict(zip(NAMES, measure(folded, spans, VOCABULARY).tolist(), strict=True))


def marked(text: str) -> tuple[str, list[Span]]:
    """`⟦label:words⟧` -> the text without marks, and the spans."""
    spans, plain = [], ""
    for number, part in enumerate(text.replace("⟧", "⟦").split("⟦")):
        if number % 2:
            label, _, words = part.partition(":")
            spans.append(Span(len(plain), len(plain) + len(words), label))
            part = words
        plain += part
    return plain, spans


ROW = "row.requests.granted"


def test_separators_and_filling() -> None:
    values = "|".join(f"⟦value:{n}⟧" for n in (3, 0, 0, 0, 0, 0, 3))
    text, spans = marked(
        f"⟦{ROW}:(一)予以公开⟧|{values}\n⟦row.requests.results_total:总计⟧\n\n⟦value:3⟧"
    )
    found = features(text, spans)
    assert found["value_after.bar"] == 7 / 8 and found["value_after.empty_line"] == 1 / 8
    assert found["name_after.line"] == 0.5 and found["name_after.touching"] == 0.5
    assert found["row.full"] == 0.5 and found["row.few"] == 0.5
    assert found["line.full"] == 0.5 and found["line.one"] == 0.5
    assert found["value.block"] == 7 / 8 and found["value.zero"] == 5 / 8


def test_wording_order_and_values() -> None:
    text, spans = marked(
        "⟦heading.overview:一、总体情况⟧\n⟦heading.requests:三、申请办理⟧\n"
        f"⟦row.requests.results_total:(七)总 计⟧ ⟦value:12件⟧ ⟦{ROW}:（一）予以公开⟧ ⟦value:/⟧"
    )
    found = features(text, spans)
    assert found["wording.headings"] == 0.5 and found["wording.rows"] == 1.0
    assert found["wording.broken"] == 0.5 and found["row.order"] == 0.0
    assert found["heading.found"] == 2 / 6 and found["heading.order"] == 1.0
    assert found["value.dressed"] == 0.5 and found["value.blank"] == 0.5


def test_characters() -> None:
    plain = features("政府信息公开年度报告", [])
    assert plain["traditional"] == plain["fullwidth"] == plain["dropped"] == plain["unknown"] == 0
    assert features("政府信息公開年度報告", [])["traditional"] == 0.2
    assert features("共１２件，3项", [])["fullwidth"] == 2 / 3
    assert features("政(zhèng)府(fǔ)", [])["dropped"] > 0.7
    assert features("政\U00020000府", [])["unknown"] == 1 / 3


def test_an_empty_page_has_features() -> None:
    assert all(np.isfinite(list(features("", []).values())))


def made(seed: int, count: int = 200) -> list[np.ndarray]:
    """Pages of two kinds: the first feature is high where the second is, and else low."""
    rng = np.random.default_rng(seed)
    pages = np.full((count, len(FEATURES)), 0.5)
    pages[:, 0] = pages[:, 1] = rng.integers(0, 2, count)
    pages[:, 2] = rng.uniform(0.2, 0.4, count)
    return list(pages)


@pytest.fixture(scope="module")
def profile() -> Profile:
    return make_profile(made(1), made(2, 100), {"failed_checks": 0.2}, {"seed": 1})


def test_usual_pages_are_not_new_and_others_are(profile: Profile) -> None:
    assert np.mean([profile.novelty(page).percentile for page in made(3)]) == pytest.approx(
        0.5, abs=0.15
    )
    page = made(3)[0].copy()
    page[2] = 0.9
    found = profile.novelty(page)
    assert found.percentile == 1.0 and found.excess > 2
    assert [one.feature.name for one in found.unusual] == [NAMES[2]]
    assert str(found.unusual[0]).startswith(f"{FEATURES[2].title}为 90%，训练页面为 20% 至 40%")


def test_a_combination_that_never_was_is_new(profile: Profile) -> None:
    page = made(3)[0].copy()
    page[:2] = 0.0, 1.0
    found = profile.novelty(page)
    assert found.percentile == 1.0 and found.unusual == ()


def test_it_is_read_as_it_was_written(profile: Profile) -> None:
    again = Profile.from_json(profile.to_json())
    assert again.to_json() == profile.to_json()
    assert [again.novelty(page) for page in made(4, 20)] == [
        profile.novelty(page) for page in made(4, 20)
    ]
    assert make_profile(made(1), made(2, 100), profile.rates, {"seed": 1}).to_json() == (
        profile.to_json()
    )


@pytest.mark.parametrize("broken", ["", "{}", '{"format": 1, "features": {}}'])
def test_a_broken_profile_is_an_error(broken: str) -> None:
    with pytest.raises(BundleError, match=r"profile\.json"):
        Profile.from_json(broken)


def test_a_profile_needs_pages() -> None:
    with pytest.raises(ValueError, match="pages"):
        make_profile([], made(1, 1), {}, {})


def test_bins_have_their_upper_edge() -> None:
    assert binned(np.array([0.0, 0.1, 0.5, 0.9]), np.array([0.1, 0.5])).tolist() == [2, 1, 1]


def test_the_shipped_profile_fits_the_shipped_model() -> None:
    bundle = Bundle.load()
    profile = load_profile(bundle)
    assert profile is not None and profile.pages >= 1500
    assert profile.about["model"] == bundle.manifest.model_version
    assert len(bundle.file(FILE) or b"") < 100_000
    without = replace(bundle, manifest=replace(bundle.manifest, files={}))
    assert load_profile(without) is None


def test_the_shipped_profile_is_json_of_one_line() -> None:
    content = (Path(Bundle.load().path) / FILE).read_text(encoding="utf-8")
    assert content.count("\n") == 1 and set(json.loads(content)["features"]) == set(NAMES)
