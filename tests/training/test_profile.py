from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nianbao.bundle import Bundle
from nianbao.profile import load_profile
from training import profile


def test_a_profile_is_made_and_put_beside_the_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(Bundle.load().path, bundle)
    before = Bundle.load(bundle).manifest
    made = []
    for name in ("one.json", "two.json"):
        options = ["--out", str(tmp_path / name), "--bundle", str(bundle), "--count", "8"]
        profile.main([*options, "--attach"])
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    assert "bytes" in capsys.readouterr().out
    attached = Bundle.load(bundle)
    found = load_profile(attached)
    assert found is not None and found.pages == 8 and found.about["held_out"] == 2
    assert set(found.rates) == {"failed_checks", "doubtful"}
    assert json.loads(made[0])["about"]["model"] == before.model_version
    assert attached.manifest.onnx_sha256 == before.onnx_sha256
