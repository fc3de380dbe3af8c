"""What a site puts around a report: navigation, metadata lines, counters, footers, file lists."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from training.synthesis.model import Block, Piece
from training.synthesis.places import Agency
from training.synthesis.titles import meta_pieces, print_stamp

_NAVIGATION: Final = (
    "首页", "政务公开", "政府信息公开", "政府信息公开年报", "政府信息公开年度报告", "信息公开年度报告", "乡镇信息公开年度报告",
    "法定主动公开内容", "政府信息公开指南", "政府信息公开制度", "政务服务", "互动交流", "走进{place}", "新闻中心", "专题专栏",
    "部门年报", "依申请公开", "政策文件", "公示公告", "通知公告", "机构职能", "无障碍浏览", "长者模式", "网站地图", "登录", "注册",
)  # fmt: skip
_TOP: Final = (
    "当前位置：{path}",
    "当前页面：{path}",
    "您现在的位置：{path}",
    "您当前所在的位置：{path}",
    "{path}",
    "所在位置: {path} 正文",
    "{place}人民政府门户网站",
    "政府信息公开",
    "政府信息公開年报",
    "今天是{year}年{few}月{few}日 星期三",
    "繁體版 | 简体版 | 无障碍 | 关怀版",
    "图片",
    "请输入关键字 搜索",
    "网站支持IPv6",
    "{office}关于印发《{other}》的通知",
    "{office}关于公布{year}年政府信息公开工作年度报告的通知",
    "???",
    "设为首页 | 加入收藏",
    "搜索 热门搜索：社保 公积金 户籍",
    "欢迎访问{place}人民政府网站！",
    "您访问的链接即将离开“{place}人民政府门户网站” 是否继续？",
    "无障碍阅读 适老化 长者版 简体 繁体 手机版 微信 微博",
    "{place} > 政府信息公开 > 法定主动公开内容 > 政府信息公开年报",
    "领导之窗 机构设置 政策文件 规划计划 财政信息 重点领域",
    "政务邮箱 智能问答 我要咨询 我要投诉",
    "{year}年{few}月{few}日 多云转晴 -{few}℃~{few}℃",
    "索??引??號: | {number}",
    "[?字號: 大 中 小 ]",
    "信息公开目录 | 信息公开指南 | 信息公开年报 | 依申请公开",
    "{full}办公室主办",
    "{place}政府网 www.{number}.gov.cn",
    "附件1",
    "（此件公开发布）",
)
_BAR: Final = (
    "字号：大 中 小",
    "字体：[大][中][小]",
    "【字体：大 中 小】",
    "打印",
    "[打印本页]",
    "打印本页 关闭窗口",
    "分享到：",
    "扫一扫在手机打开当前页",
    "听全文",
    "浏览次数：{many}",
    "点击数：{many}",
    "阅读：{many}次",
    "浏览量：",
    "视力保护色：",
    "收藏",
    "• 听全文",
    "• {many}",
    "• 来源：{office}",
    "•",
    "A+ A A-",
    "分享 微信 微博 QQ空间",
    "语音播报",
    "来源：本站 作者：{person} 审核：{person}",
    "【 大 中 小 】 【打印】 【关闭】",
    "浏览次数：{many}次 字体：[ 大 中 小 ]",
    "我要纠错",
    "政策图解",
)
_METADATA: Final = (
    "索引号：{index}",
    "索 引 号：{index}",
    "信息分类：政府信息公开年报",
    "主题分类：政务公开/年度报告",
    "发布机构：{office}",
    "发布机构 | {office} |",
    "信息索引: | {index} |",
    "所属主题: | 年度报告 |",
    "主题词：年度报告 信息公开",
    "公文种类：报告",
    "统一登记号：{number}",
    "内容概述：{office}{year}年度报告",
    "效力状态：有效",
    "失效日期：",
    "服务对象：社会公众",
    "发布单位：{office}",
    "发文机关：{office}",
    "公开责任部门：{office}",
    "所属机构：{office}",
    "文号：",
    "文 号：无",
    "公开方式：主动公开",
    "公开范围：面向社会",
    "公开形式：网站",
    "公开时限：长期公开",
    "文件有效性：有效",
    "体裁：报告",
    "关键词：信息公开；年度报告",
    "关键字：公开,信息,政府,行政,情况",
    "栏目：政府信息公开年报",
    "组配分类：政府信息公开年报",
    "语种：中文",
    "作者：本站原创",
    "责任编辑：{person}",
    "编辑：{person}",
    "来源：{office}",
    "信息来源：{office}",
    "文章来源：{office}",
    "成文日期：{near}",
    "生成日期：{near}",
)
_DATED: Final = (
    "发布时间：", "发布日期：", "发布时间: ", "发文日期：", "时间：", "日期：", "公开日期：", "发布于：", "更新时间：", "信息发布时间：",
    "上网时间：", "录入时间：", "公布日期：",
)  # fmt: skip
_BOTTOM: Final = (
    "分享到：",
    "【打印正文】",
    "【打印本页】【关闭窗口】",
    "打印 关闭",
    "上一篇：{other}",
    "下一篇：{other}",
    "上一篇：没有了",
    "下一条：{other}",
    "相关链接：{other}",
    "附件：{file}",
    "附件下载：{file}",
    "附件1：{file}",
    "{file}",
    "扫一扫在手机打开当前页",
    "主办单位：{full}",
    "承办单位：{office}",
    "版权所有：{full}",
    "Copyright © {year} {full} All Rights Reserved",
    "网站标识码：{number}  ICP备案号：{number}号",
    "京ICP备{number}号-1  公安备案 {number}号",
    "联系电话：0{few}1-{number}",
    "地址：{place}{few}号",
    "关于我们 | 网站地图 | 联系我们 | 隐私声明",
    "政府网站找错",
    "责任编辑：{person}",
    "终审：{person}",
    "信息来源：{office}",
    "返回顶部",
    "相关文件：{other}",
    "相关稿件",
    "解读链接：",
    "（来源：{office}）",
    "（编辑：{person}）",
    "初审：{person} 复审：{person} 终审：{person}",
    "分享让更多人看到",
    "{full}办公室 {year}年印发",
    "抄送：{office}。",
    "公开方式：主动公开",
    "技术支持：{place}大数据中心 电话：{number}",
    "您是第{number}位访问者",
    "• {other}",
    "{few}/{few}",
    "关闭窗口",
    "- {few} -",
    "— {few} —",
    "第 {few} 页",
    "（联系人：{person}，联系电话：{number}）",
    "{other}  {near}",
    "文件列表：{file}",
    "原文链接：http://www.{number}.gov.cn/zwgk/{number}.html",
)
_PEOPLE: Final = (
    "王静",
    "李娜",
    "张伟",
    "刘洋",
    "admin",
    "系统管理员",
    "陈晨",
    "杨帆",
    "zwgk",
    "赵敏",
    "办公室",
)
_FORMATS: Final = ("doc", "docx", "pdf", "xls", "wps", "ofd")


class Chrome:
    """Draws the lines of one site around the report of `agency` on `year`, published on `day`."""

    def __init__(self, rng: random.Random, agency: Agency, year: int, day: date) -> None:
        self._rng, self._agency, self._year, self._day = rng, agency, year, day

    def top(self, dated: bool) -> list[Block]:
        """Return the lines above the title; `dated` puts the day of publication among them."""
        rng = self._rng
        count = rng.choices((0, 1, 2, 5), (45, 30, 17, 8))[0]
        blocks = [self._line(rng.choice(_TOP)) for _ in range(count)]
        if rng.random() < 0.08:
            pieces = meta_pieces(rng, self._agency, self._year)
            site = (
                rng.choice(("_", "-", " - ", "_政府信息公开年报_"))
                + f"{self._agency.place}人民政府"
            )
            blocks.insert(0, Block("chrome", (*pieces, Piece(site, "furniture"))))
        if rng.random() < 0.3:
            chosen = rng.sample(_METADATA, rng.randint(1, 9))
            metadata = [self._line(template) for template in chosen]
            if rng.random() < 0.35:
                head = Piece(
                    rng.choice(("标题：", "标题: ", "名 称：", "名称：", "信息名称：", "标 题：")),
                    "furniture",
                )
                metadata.insert(
                    rng.randint(0, 1),
                    Block("chrome", (head, *meta_pieces(rng, self._agency, self._year))),
                )
            if dated:
                metadata.insert(rng.randint(0, len(metadata)), self._dated())
            if rng.random() < 0.3:
                metadata = [_joined(rng, metadata)]
            blocks += metadata
        elif dated and rng.random() < 0.5:
            blocks.append(self._dated())
        return blocks

    def below_title(self, dated: bool) -> list[Block]:
        """Return the bar between the title and the report, with the day of publication if `dated`."""
        rng = self._rng
        blocks = [
            self._line(rng.choice(_BAR))
            for _ in range(rng.choices((0, 1, 2, 4), (35, 35, 20, 10))[0])
        ]
        if dated:
            blocks.insert(rng.randint(0, len(blocks)), self._dated())
        if rng.random() < 0.5:
            blocks.insert(
                0,
                self._line(
                    rng.choice(
                        (
                            "来源：{office}",
                            "作者：{person}",
                            "信息来源：{office}",
                            "发布者：{office}",
                            "录入：{office}",
                        )
                    )
                ),
            )
        if len(blocks) > 1 and rng.random() < 0.65:
            return [_joined(rng, blocks)]
        return blocks

    def bottom(self) -> list[Block]:
        """Return the lines after the report."""
        rng = self._rng
        count = rng.choices((0, 1, 3, 7), (45, 25, 20, 10))[0]
        return [self._line(template) for template in rng.sample(_BOTTOM, count)]

    def _dated(self) -> Block:
        rng = self._rng
        pieces = [Piece(rng.choice(_DATED), "furniture")] if rng.random() < 0.93 else []
        pieces.append(Piece(print_stamp(rng, self._day), "date"))
        if rng.random() < 0.4:
            clock = f" {rng.randint(8, 18):02d}:{rng.randint(0, 59):02d}"
            pieces.append(
                Piece(clock + rng.choice(("", f":{rng.randint(0, 59):02d}")), "furniture")
            )
        return Block("chrome", tuple(pieces))

    def _line(self, template: str) -> Block:
        rng, agency = self._rng, self._agency
        text = template.format(
            path=self._path(),
            place=agency.place,
            office=agency.office,
            full=agency.full,
            year=self._year + 1,
            few=rng.randint(1, 28),
            many=rng.choice(("", str(rng.randint(3, 20000)))),
            index=f"{rng.choice('ABFJ')}{rng.randint(1000, 99999)}/{self._year + 1}-{rng.randint(1, 9999):05d}",
            person=rng.choice(_PEOPLE),
            number=rng.randint(1_000_000, 20_000_000),
            near=(self._day - timedelta(days=rng.randint(0, 20))).isoformat(),
            other=f"{agency.place}{self._year - 1}年政府信息公开工作年度报告",
            file=f"{agency.short}{self._year}年政府信息公开工作年度报告.{rng.choice(_FORMATS)}",
        )
        return Block("chrome", (Piece(text, "furniture"),))

    def _path(self) -> str:
        rng = self._rng
        steps = ["首页", *rng.sample(_NAVIGATION[1:14], rng.randint(1, 3))]
        gap = rng.choice((" > ", ">", " >> ", "-", " / ", "»", " - "))
        return gap.join(steps).format(place=self._agency.place)


def _joined(rng: random.Random, blocks: Sequence[Block]) -> Block:
    """Put the lines of several blocks on one line."""
    gap = rng.choice(("  ", " ", " | ", "\u3000", "   "))
    pieces: list[Piece] = []
    for block in blocks:
        if pieces:
            pieces.append(Piece(gap, None))
        pieces += block.pieces
    return Block("chrome", tuple(pieces))
