"""The chain of training commands: their options exist, what is finished is skipped, the rest resumes."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from training.__main__ import Step, plan, read_options, run


def chain(folder: Path, *more: str) -> list[Step]:
    where = ["--out", str(folder), "--bundle", str(folder / "bundle")]
    return plan(read_options([*where, *more]))


def executor(steps: list[Step], ran: list[str], stop: int = 99) -> Callable[..., None]:
    """Write the outputs instead of training; break off in the command after `stop` of them."""

    def execute(command: tuple[str, ...]) -> None:
        if len(ran) == stop:
            raise KeyboardInterrupt
        step = next(s for s in steps if command[: len(s.command)] == s.command)
        step.output.parent.mkdir(parents=True, exist_ok=True)
        step.output.write_text("made")
        ran.append(step.name + (" again" if command[-1] == "--resume" else ""))

    return execute


def test_a_broken_chain_goes_on_where_it_stopped(tmp_path: Path) -> None:
    steps, ran = chain(tmp_path), []
    with pytest.raises(KeyboardInterrupt):
        run(steps, tmp_path, executor(steps, ran, stop=1))
    run(steps, tmp_path, executor(steps, ran))
    assert ran == ["vocabulary", "pretrain again", "batches", "finetune", "narrow", "export"]
    run(steps, tmp_path, executor(steps, ran, stop=6))
    assert len(ran) == 6


def test_other_options_are_not_mixed_in(tmp_path: Path) -> None:
    steps = chain(tmp_path)
    run(steps, tmp_path, executor(steps, []))
    other = chain(tmp_path, "--steps", "7")
    with pytest.raises(ValueError, match="other options"):
        run(other, tmp_path, executor(other, []))


@pytest.mark.parametrize("more", [(), ("--base", "checkpoint")])
def test_every_step_knows_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    class Known(Exception):
        """The options were read."""

    parse = argparse.ArgumentParser.parse_args

    def only_parse(parser: argparse.ArgumentParser, given: list[str] | None = None) -> None:
        parse(parser, given)
        raise Known

    steps = chain(tmp_path, *more)
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", only_parse)
    for step in steps:
        main = importlib.import_module(f"training.{step.module}").main
        with pytest.raises(Known):
            main([*step.arguments, *(["--resume"] if step.resumes else [])])
