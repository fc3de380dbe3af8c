"""Inputs -> a folder with the dataset: what `nianbao batch` does, as one call."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nianbao.batch.dataset import DatasetSummary, repair, swap_in, write_dataset
from nianbao.batch.identity import identify
from nianbao.batch.journal import Journal
from nianbao.batch.run import Options, Progress, Watch, fill
from nianbao.exceptions import NianbaoError

JOURNAL = "journal.sqlite"
_NEW = ".new"


class OutputInInput(NianbaoError):
    """The folder to write into lies in a folder to read, and would be read the next time."""

    code = "output_in_input"


@dataclass(frozen=True, slots=True)
class Built:
    """What a call has done, and what the dataset holds now."""

    progress: Progress
    summary: DatasetSummary


def build(
    inputs: Sequence[str],
    directory: Path,
    options: Options | None = None,
    *,
    processes: int = 1,
    watch: Watch | None = None,
) -> Built:
    """Score what is in `inputs` and write the dataset into `directory`, with `processes` processes.

    Killed at any moment and called again, it goes on where it was, and the dataset is, byte for
    byte, the one of a single run.  Raises InputNotFound, BundleError, JournalError, OtherVersions,
    OutputInInput, and OSError where the disk does not do; nothing for what is wrong with a document.
    """
    options = options or Options()
    _check_apart(inputs, directory)
    repair(directory)
    new = directory / _NEW
    with Journal(directory / JOURNAL) as journal:
        progress = fill(journal, inputs, options, watch)
        if new.exists():  # of a call that was killed while it wrote
            shutil.rmtree(new)
        versions = options.engine.versions()
        summary = write_dataset(
            journal.outcomes(versions), new, identify=identify, inputs=inputs, processes=processes
        )
        swap_in(new, directory)
    return Built(progress, summary)


def _check_apart(inputs: Sequence[str], directory: Path) -> None:
    target = directory.resolve()
    for named in inputs:
        folder = Path(named.removeprefix("file://"))
        if "://" not in named.removeprefix("file://") and folder.is_dir():
            if target.is_relative_to(folder.resolve()):
                raise OutputInInput(f"输出文件夹 {directory} 在输入 {named} 之中，请换一个地方")
