"""A project's labelling configuration: what its regions are called, and whether the labels are ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from nianbao.spans import LABELS
from serving.failures import Wrong

_SHOWN: Final = 5
_KNOWN: Final = frozenset(LABELS)


@dataclass(frozen=True, slots=True)
class Labelling:
    """How a project calls things: its control of labels, the text that this labels, and the member of
    a task's data that holds the text."""

    control: str
    text: str
    key: str


@dataclass(slots=True)
class _Found:
    """The elements of a configuration that matter, with their attributes."""

    controls: list[dict[str, str]] = field(default_factory=list)
    texts: list[dict[str, str]] = field(default_factory=list)
    #: Name of a control -> the labels that Label Studio stores for it.
    labels: dict[str, list[str]] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Labels":
            self.controls.append(attributes)
            self.open.append(attributes.get("name", ""))
        elif tag == "Label" and self.open:
            # Label Studio stores the alias of a label that has one.
            stored = attributes.get("alias") or attributes.get("value", "")
            self.labels.setdefault(self.open[-1], []).append(stored)
        elif tag == "Text":
            self.texts.append(attributes)

    def end(self, tag: str) -> None:
        if tag == "Labels":
            self.open.pop()


def labelling(config: str, where: str) -> Labelling:
    """Return how the project of a labelling configuration calls things.

    Raises Wrong `unfit_label_config` where it is no XML, has not just one text with one control of
    labels, or its labels are not those of the library; `where` is its place in the body.
    """
    found = _read(config, where)
    texts = {text["name"]: text for text in found.texts if text.get("name")}
    controls = [one for one in found.controls if one.get("name") and one.get("toName") in texts]
    if len(controls) != 1:
        raise _unfit(
            f"配置中应有一个标注文本的 <Labels>，现有 {len(controls)} 个",
            f"the configuration needs one <Labels> of a <Text>, and has {len(controls)}", where,
        )  # fmt: skip
    (control,) = controls
    text = texts[control["toName"]]
    key = text.get("value", "")
    if text.get("valueType", "text") != "text" or not key.startswith("$") or len(key) < 2:
        raise _unfit(
            '<Text> 的 value 应是 "$字段"，且不能是网址（valueType="url"）',
            'the value of <Text> has to be "$field", and may be no address (valueType="url")', where,
        )  # fmt: skip
    _check_labels(found.labels.get(control["name"], []), where)
    return Labelling(control["name"], text["name"], key[1:])


def _check_labels(labels: list[str], where: str) -> None:
    unknown = [label for label in dict.fromkeys(labels) if label not in _KNOWN]
    missing = [label for label in LABELS if label not in set(labels)]
    if unknown:
        raise _unfit(
            f"配置中有 {len(unknown)} 个本库没有的标签：{_listed(unknown)}",
            f"{len(unknown)} labels are none of the library's: {_listed(unknown)}", where,
        )  # fmt: skip
    if missing:
        raise _unfit(
            f"配置中缺少 {len(missing)} 个标签：{_listed(missing)}",
            f"{len(missing)} labels are missing: {_listed(missing)}", where,
        )  # fmt: skip


def _read(config: str, where: str) -> _Found:
    found = _Found()
    parser = expat.ParserCreate()
    parser.StartElementHandler = found.begin
    parser.EndElementHandler = found.end
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(config.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise _unfit(
            f"配置不是有效的 XML（第 {error.lineno} 行）",
            f"the configuration is not valid XML (line {error.lineno})", where,
        ) from error  # fmt: skip
    except _Entities as error:
        raise _unfit(
            "配置中不能有 DOCTYPE", "the configuration may have no DOCTYPE", where
        ) from error
    return found


class _Entities(Exception):
    """A document type, which may define entities without end."""


def _refuse(*_declaration: Any) -> None:
    raise _Entities


def _listed(labels: list[str]) -> str:
    more = ", …" if len(labels) > _SHOWN else ""
    return ", ".join(label[:64] for label in labels[:_SHOWN]) + more


def _unfit(chinese: str, english: str, where: str) -> Wrong:
    return Wrong(
        "unfit_label_config",
        f"标注配置与模型不符：{chinese}。",
        f"The labelling configuration does not fit the model: {english}.",
        where,
    )
