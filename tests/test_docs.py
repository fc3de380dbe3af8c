"""Documents that cannot lie: the example is regenerated, commands exist, links resolve."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import typer

from nianbao.cli import app
from nianbao.pipeline import Pipeline
from training import example

ROOT = Path(__file__).resolve().parents[1]
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
PAGES = (*READMES, *sorted((ROOT / "docs").glob("*.md")))

_CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_MODULE = re.compile(r"python -m ([\w.]+)")
_COMMAND = re.compile(r"(?<![\w/.-])nianbao ([a-z][a-z-]*)")
_OPTION = re.compile(r"(?<=\s)(--[a-z][a-z-]*)")


def code_of(page: Path) -> list[str]:
    """The code blocks and the code words of a Markdown page."""
    text = page.read_text(encoding="utf-8")
    return [block or word for block, word in _CODE.findall(text)]


def commands_of(page: Path) -> list[str]:
    """The command lines of a page's code blocks, comments left out."""
    blocks = re.findall(r"```(?:sh|bash)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = (line.split("  #")[0].strip() for block in blocks for line in block.split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def test_the_example_is_what_its_maker_writes(tmp_path: Path) -> None:
    example.main([str(tmp_path / "report.html")])
    assert (tmp_path / "report.html").read_bytes() == (ROOT / "examples/report.html").read_bytes()


def test_the_example_can_be_read_without_a_model() -> None:
    report = Pipeline.rules_only().parse((ROOT / "examples/report.html").read_bytes())
    assert report.is_report and report.year == 2022 and report.agency == "和林市"
    assert len(report.sections) == 6
    assert sum(bool(cell.value) for cell in report.cells) > 100
    assert not [c for c in report.checks if c.status == "fail" and not c.id.startswith("narrative")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    click_app = typer.main.get_command(app)
    known = set(click_app.commands)  # type: ignore[attr-defined]
    for code in code_of(page):
        for command in _COMMAND.findall(code):
            assert command in known, f"{page.name}: nianbao {command}"
        for module in _MODULE.findall(code):
            if module in ("venv", "pip", "pytest"):
                continue
            assert importlib.util.find_spec(module), f"{page.name}: python -m {module}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_of_commands_exist(page: Path) -> None:
    click_app = typer.main.get_command(app)
    for line in commands_of(page):
        found = _COMMAND.search(line)
        if found is None:
            continue
        command = click_app.commands[found.group(1)]  # type: ignore[attr-defined]
        options = {name for parameter in command.params for name in parameter.opts}
        for option in _OPTION.findall(line.split("|")[0]):
            assert option in options, f"{page.name}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        path = (page.parent / target.split("#")[0]).resolve()
        assert path.exists(), f"{page.name}: {target}"


def test_readmes_say_the_same_in_two_languages() -> None:
    english, chinese = (page.read_text(encoding="utf-8") for page in READMES)
    heads = re.compile(r"^(#+) ", re.MULTILINE)
    assert heads.findall(english) == heads.findall(chinese)
    assert commands_of(READMES[0]) == commands_of(READMES[1])
    for target in ("make run", "make test"):
        assert target in commands_of(READMES[0])
