"""The battery judges on agencies that training never saw."""

from __future__ import annotations

from training.battery.places import PROVINCES
from training.synthesis.corpus import HELD_OUT_PROVINCES


def test_battery_takes_only_provinces_that_training_holds_out() -> None:
    assert set(PROVINCES) == HELD_OUT_PROVINCES
