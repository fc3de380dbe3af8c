"""Which bundle the processes load, fixed so that a switch while one loads cannot mix two of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nianbao.batch.score import Model
from nianbao.bundle import Bundle, default_path
from nianbao.exceptions import BundleError
from nianbao.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Chosen(Model):
    """The bundle with this digest, in a folder without symbolic links on its way."""

    digest: str = ""

    def load(self) -> Pipeline:
        """Load it; raises BundleError also where another lies in its folder by now."""
        pipeline = Model.load(self)
        # ONNX Runtime opens its file by name after the digests were checked: what is whole and the
        # same afterwards was so meanwhile.
        for digest in (pipeline.model_digest, Bundle.load(self.folder).manifest.digest):
            if digest != self.digest:
                raise BundleError(f"模型 {self.folder} 在读取期间被换成了另一个")
        return pipeline


def place(model: Model) -> Path:
    """Return the folder that holds a model's bundle, no link on its way; raises BundleError."""
    return (default_path() if model.folder is None else model.folder).resolve()


def chosen(model: Model) -> Model:
    """Return what to load now of `model`; raises BundleError where its bundle is not whole or does not
    fit."""
    if model.rules_only:
        return model
    resolved = place(model)
    return Chosen(folder=resolved, digest=Bundle.load(resolved).manifest.digest)
