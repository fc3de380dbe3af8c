"""Damages of the characters: script, ruby, width, noise.  All keep every mark exact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from random import Random

from training.synthesis.layout import Annotated, Edit

_HAN = re.compile("[\u3400-\u9fff]")


def _noise_positions(made: Annotated) -> list[int]:
    """The offsets of the Chinese characters that noise may touch: none in values and dates."""
    spared: set[int] = set()
    for mark in made.marks:
        if mark.label in ("value", "date"):
            spared.update(range(mark.start, mark.end))
    found = (match.start() for match in _HAN.finditer(made.text))
    return [at for at in found if at not in spared]


@cache
def _converter(config: str) -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC(config).convert
    return convert


@cache
def _script(config: str) -> dict[int, str]:
    """OpenCC's conversion, character by character, where it gives one for one."""
    han = [chr(code) for code in range(0x3400, 0xA000)]
    converted = _converter(config)("\n".join(han)).split("\n")
    return {ord(a): b for a, b in zip(han, converted, strict=True) if a != b and len(b) == 1}


#: Taiwan wording, each as long as what it replaces.
_TAIWAN = {
    "文件": "檔案",
    "信息": "資訊",
    "網絡": "網路",
    "項目": "專案",
    "質量": "品質",
    "軟件": "軟體",
    "視頻": "影片",
    "數據": "資料",
    "通過": "透過",
    "制作": "製作",
    "短信": "簡訊",
    "渠道": "管道",
}
#: What a converter that knows no phrases makes of characters with two traditional forms.
_OVER = {
    "制": "製", "面": "麵", "系": "係", "里": "裏", "干": "幹", "后": "後", "复": "復", "发": "髮",
    "于": "於", "余": "餘", "谷": "穀", "几": "幾", "只": "隻", "台": "檯", "游": "遊", "志": "誌",
    "采": "採", "致": "緻", "征": "徵", "范": "範", "表": "錶", "准": "準", "别": "彆", "松": "鬆",
    "布": "佈", "占": "佔", "冲": "衝", "周": "週", "吁": "籲", "丑": "醜", "斗": "鬥", "云": "雲",
    "向": "嚮", "历": "曆", "汇": "彙", "团": "糰", "回": "迴", "辟": "闢", "舍": "捨", "党": "黨",
}  # fmt: skip


def traditional(made: Annotated, rng: Random) -> Annotated:
    """Traditional script, by phrases or by characters, with Taiwan's wording once in a while."""
    config = rng.choice(("s2t", "s2t", "s2tw", "s2hk"))
    text = made.text
    converted = _converter(config)(text) if rng.random() < 0.7 else text.translate(_script(config))
    if len(converted) != len(text):
        converted = text.translate(_script(config))
    if rng.random() < 0.3:
        for before, after in _TAIWAN.items():
            if rng.random() < 0.7:
                converted = converted.replace(before, after)
    if rng.random() < 0.2:  # a mirror that lets some characters stay as they were
        share = rng.choice((0.05, 0.2, 0.5))
        kept = {a for a, b in zip(text, converted, strict=True) if a != b}
        kept = {char for char in sorted(kept) if rng.random() < share}
        converted = "".join(a if a in kept else b for a, b in zip(text, converted, strict=True))
    return made.replaced(converted)


def over_converted(made: Annotated, rng: Random) -> Annotated:
    """Traditional script by a converter that turns too much: 法定製度, 全麵, 體係."""
    chosen = {ord(a): b for a, b in _OVER.items() if rng.random() < 0.6}
    return made.replaced(made.text.translate(chosen).translate(_script("s2t")))


@cache
def _pinyin() -> dict[int, str]:
    """Character -> its first reading, with tone marks."""
    from pypinyin.pinyin_dict import pinyin_dict

    return {code: readings.split(",")[0] for code, readings in pinyin_dict.items()}


_TONES = {0x304, 0x301, 0x30C, 0x300}


@cache
def _toneless(syllable: str) -> str:
    letters = unicodedata.normalize("NFD", syllable)
    bare = "".join(char for char in letters if ord(char) not in _TONES)
    return unicodedata.normalize("NFC", bare).replace("ü", "v")


def _with_ruby(made: Annotated, edits: Iterable[tuple[int, str]]) -> Annotated:
    """Put ruby after characters; it belongs to the mark that its character belongs to."""
    text = made.text
    return made.edited(Edit(at, at + 1, text[at] + ruby) for at, ruby in edits)


def ruby_toned(made: Annotated, rng: Random) -> Annotated:
    """Pinyin with tones after each occurrence of some characters: 報(bào)告."""
    if rng.random() < 0.75:
        made = traditional(made, rng)
    table = _pinyin()
    share = rng.choice((0.08, 0.2, 0.35, 0.6))
    distinct = sorted({char for char in made.text if _HAN.match(char) and ord(char) in table})
    chosen = {char for char in distinct if rng.random() < share}
    left, right = rng.choice((("(", ")"), ("(", ")"), ("(", ")"), ("（", "）")))
    missed = rng.choice((0.0, 0.0, 0.3))
    return _with_ruby(
        made,
        (
            (at, f"{left}{table[ord(char)]}{right}")
            for at, char in enumerate(made.text)
            if char in chosen and not (missed and rng.random() < missed)
        ),
    )


def ruby_toneless(made: Annotated, rng: Random) -> Annotated:
    """Pinyin without tones, its brackets repeated: 公(gong)(gong)(gong)開(kai)(kai)."""
    if rng.random() < 0.75:
        made = traditional(made, rng)
    table = _pinyin()
    share = rng.choice((0.05, 0.15, 0.3, 0.5))
    most = rng.choice((1, 2, 4))

    def edits() -> Iterable[tuple[int, str]]:
        times = 1
        for at in (match.start() for match in _HAN.finditer(made.text)):
            if rng.random() >= share:
                continue
            syllable = table.get(ord(made.text[at]))
            if syllable is None:
                continue
            # One passage repeats all its brackets alike.
            if rng.random() < 0.15:
                times = rng.randint(1, most)
            yield at, f"({_toneless(syllable)})" * times

    return _with_ruby(made, edits())


@cache
def _radicals() -> dict[int, str]:
    """Character -> its Kangxi radical, or the radical that fonts of PDFs print."""
    table = {
        ord(unicodedata.normalize("NFKC", chr(code))): chr(code) for code in range(0x2F00, 0x2FD6)
    }
    more = zip("民页车长门风马食母见贝厂飞齐龙", "⺠⻚⻋⻓⻔⻛⻢⻝⺟⻅⻉⺁⻜⻬⻰", strict=True)
    return table | {ord(before): after for before, after in more}


def kangxi(made: Annotated, rng: Random) -> Annotated:
    """Kangxi radicals in the place of characters, always or now and then."""
    table = _radicals()
    share = rng.choice((0.3, 0.7, 1.0, 1.0))
    if rng.random() < 0.5:
        chosen = {code: after for code, after in table.items() if rng.random() < share}
        return made.replaced(made.text.translate(chosen))
    text = "".join(
        table[ord(char)] if ord(char) in table and rng.random() < share else char
        for char in made.text
    )
    return made.replaced(text)


_WIDTHS = (
    "0123456789",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "()[]",
    ".,:;?!%+-/",
    "|",
)


def _wide(char: str) -> str:
    return chr(ord(char) + 0xFEE0)


def widths_changed(made: Annotated, rng: Random) -> Annotated:
    """Digits, letters, brackets, punctuation or bars in full width, or all of them in half."""
    table: dict[int, str] = {}
    to_half = rng.random() < 0.3
    for kind in _WIDTHS:
        if to_half:
            table.update({ord(_wide(char)): char for char in kind})
        elif rng.random() < (0.15 if kind == "|" else 0.55):
            table.update({ord(char): _wide(char) for char in kind})
    if to_half:
        table.update({ord("、"): rng.choice("、,"), ord("。"): rng.choice("。."), ord("“"): '"'})
        table[ord("”")] = '"'
    elif rng.random() < 0.3:
        table.update({ord("("): "〔", ord(")"): "〕"})
    return made.replaced(made.text.translate(table))


#: Characters that a recogniser takes for one another.
_ALIKE = (
    "未末木本术朱 已己巳 人入八乂 日曰目白 土士工 大太犬夫天 千干于于 由甲田申电 政攻致 公么分 开井升并 "
    "息恳思恩 信倌佰偌 情清倩请晴 况祝兄 报投抱根 告吉苦舌 年午牛 度席废庶 主王玉生 动勋功 请清情 "
    "收收攸牧 处外卧 理埋狸 复夏覆 议仪汉 诉拆近 讼松公 行衍竹 总忌怠 计汁什 体休本 存在仔 的白约 "
    "问间闷同 题题提 改攻玫 进井近 其具甚 他地也池 需雪霈 要耍妥 事亊争 项顶顷 规视现 章草童 制刷判 "
    "件伴仵 发友拨 废庶 现观规 有育自 效郊 许午评 可司同 外夕处 务劳 服报 罚罩 强弦 收妆 费贲货 "
    "单草 位住伫 万方力 元无兀 国围因 家冢 秘泌 密蜜 属厲屑 法沽洁 律津 禁楚 止上正 危厄 及乃反 安宁 "
    "全金会 稳隐 定走足 保呆 护扩户 第弟 三二王 方力万 合台舍 权杈 益盖 内肉丙 部郎 过边 程桯 性姓牲 "
    "执执热 案宋 卷券 查杳 询徇洵 机杌 关美 不下木 掌拿 握据 相柏 没设 成戍 另叧 作作昨 补朴扑 正止 "
    "后石 容客 仍扔 明朋 确硕 举拳 投没 类美 重童 当兰 由田 反友 量童 认队 或戓 新斩 出山 具且 已己 "
    "获荻 逾愈 期朗 费责 缴邀 纳钠 结给 转较 下卜 继维 续读 办力为 自白目 然燃 商商 企全 业亚 科料 研硏 "
    "构枸沟 社杜 会云 益盆 组姐 织职 维准 持特 纠糾 果呆 尚向 审宙 末未 直真 接按 起赵 共其 条各 例列 "
    "市巾布 县具 区匹 局屈 厅斤 委季 省着 镇慎 街衔 道逍 乡多 府附 民氏 办协 室宝"
)
_COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说"
    "产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当"
)


@cache
def _alike() -> dict[str, str]:
    """Character -> those that look like it."""
    table: dict[str, str] = {}
    for group in _ALIKE.split():
        for char in group:
            table[char] = table.get(char, "") + group.replace(char, "")
    return {char: others for char, others in table.items() if others}


def _noisy(char: str, rng: Random) -> str:
    draw = rng.random()
    others = _alike().get(char)
    if others and draw < 0.6:
        return rng.choice(others)
    if draw < 0.75:
        return chr(rng.randint(0x4E00, 0x9FA0)) if rng.random() < 0.5 else rng.choice(_COMMON)
    if draw < 0.9:
        return ""
    return char + rng.choice(_COMMON + "、.,·|'")


def character_noise(made: Annotated, rng: Random) -> Annotated:
    """One to eight Chinese characters of a hundred misread, lost or doubled."""
    positions = _noise_positions(made)
    share = rng.choice((0.01, 0.02, 0.03, 0.05, 0.08))
    chosen = rng.sample(positions, int(len(positions) * share))
    return made.edited(Edit(at, at + 1, _noisy(made.text[at], rng)) for at in chosen)


def question_marks(made: Annotated, rng: Random) -> Annotated:
    """Characters that a wrong encoding turned into question marks or squares."""
    positions = _noise_positions(made)
    mark = rng.choice(("?", "?", "??", "\ufffd", "□", "？", "锟斤拷"))
    if rng.random() < 0.5:
        distinct = sorted({made.text[at] for at in positions})
        rare = set(rng.sample(distinct, min(len(distinct), rng.randint(2, 14))))
        chosen = [at for at in positions if made.text[at] in rare]
    else:
        chosen = rng.sample(positions, int(len(positions) * rng.choice((0.005, 0.01, 0.03))))
    return made.edited(Edit(at, at + 1, mark) for at in chosen)


def shifted_bytes(made: Annotated, rng: Random) -> Annotated:
    """Stretches read one byte off: `?。ㄒ唬┲鲃庸_` for （一）主动公开."""
    text = made.text
    positions = _noise_positions(made)
    if not positions:
        return made
    edits: list[Edit] = []
    for at in sorted(rng.choice(positions) for _ in range(rng.randint(1, 6))):
        if edits and at < edits[-1].end:
            continue
        end = at
        limit = min(len(text), at + rng.randint(3, 8))
        while end < limit and _HAN.match(text[end]):
            end += 1
        wrong = text[at:end].encode("gbk", "replace")[1:].decode("gbk", "ignore")
        edits.append(Edit(at, end, "?" + wrong.replace("\n", "")))
    return made.edited(edits)
