"""The advertising of mirror sites: invented brands, and the lines that they put around a page."""

from __future__ import annotations

from random import Random
from typing import Final

_STEMS: Final = (
    "金沙 云顶 万博 乐鱼 开云 九游 亚星 必威 澳门新葡京 长城 皇冠 明珠 永利 星空 华体 爱游戏 米兰 银河 凯发 博鱼 "
    "天博 雷火 半岛 南宫 尊龙 优发 龙8 球速 欧宝 大发 百家 新濠 太阳城 金牛 彩虹 鸿运 盛世 东方 大富翁 聚宝"
).split()
_LATIN: Final = "bet365x uedbet pg manbetx uu betway fun88 bwin ku88 ag kok jdb cq9 mg hth xk m6 vip88 188x 6up".split()
_KINDS: Final = (
    "体育 娱乐 电竞 彩票 棋牌 电子游戏 平台 app 国际 tiyu yule 真人 集团 娱乐城 游戏 体彩".split()
)
_TAILS: Final = (
    "", "@", "@:", "_官网", "_官网@:", "官方网站", "(中国)有限公司", "·平台首页", "_最新网址:", "登录入口", "app下载", "备用网址",
    "-首页", "手机版", "官方入口", "_登录入口", "投注", "(集团)股份有限公司", "网页版", "注册送彩金", "app官网",
)  # fmt: skip
_LINES: Final = (
    "{0}官网登录入口-{0}app下载-首页", "{0}·(中国)官方网站", "{0}_{0}手机版_最新网址", "欢迎光临{0}平台!", "热门搜索:{0} 体育直播 电子游戏",
    "{0}(集团)有限公司-官网", "欢迎访问{0}!", "{0}-{0}官方网站-IOS/安卓通用版", "【{0}】官方授权", "{0}:国内领先的综合娱乐平台",
    "网站首页 关于我们 产品中心 {0} 联系我们", "{0}科技有限公司 版权所有", "友情链接: {0} | {0}官网", "{0}app下载安装 v{1}.{2}",
    "您的当前位置: {0} > 新闻中心 > 正文", "客服热线:400-{1}00-{2}888 {0}", "{0}", "{0} {0} {0}", "{0}全站官网2024最新版",
    "本站由{0}提供技术支持", "收藏{0},永不迷路",
    "???", "??", "?", "????????", "\ufeff",
)  # fmt: skip


def brand(rng: Random) -> str:
    """Invent the name of a brand."""
    draw = rng.random()
    if draw < 0.6:
        return rng.choice(_STEMS) + rng.choice(_KINDS)
    return rng.choice(_LATIN) + (rng.choice(_KINDS) if draw < 0.85 else "")


def advert(rng: Random) -> str:
    """Invent a phrase that replaces place names in prose."""
    name = brand(rng)
    draw = rng.random()
    if draw < 0.1:
        return f"【{name}】"
    if draw < 0.2:
        return f"{name},{brand(rng)}{rng.choice(_TAILS)}"
    return name + rng.choice(_TAILS)


def advert_line(rng: Random, name: str) -> str:
    """Write a line of a mirror site about the brand `name`, or the question marks it leaves."""
    return rng.choice(_LINES).format(name, rng.randint(1, 9), rng.randint(0, 99))
