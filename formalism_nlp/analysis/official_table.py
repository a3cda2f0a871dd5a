"""The official rules as data: id, clause, source, severity, scope and words of each check."""

from __future__ import annotations

import re
from dataclasses import dataclass

PROVISIONS = "整治形式主义为基层减负若干规定（中办、国办，2024年8月6日）"
APP_RULES = "政务移动互联网应用程序规范化管理办法（国办函〔2026〕12号）"
DRAFTING = "党政机关公文处理工作条例（中办发〔2012〕14号）"


@dataclass(frozen=True, slots=True)
class Check:
    """One official rule a program can look at.

    ``scope`` is ``sent-down`` (documents that go down: notices, opinions, plans) or ``any``; ``severity`` ``info`` or
    ``advice``; messages take the values the check counts in braces.
    """

    id: str
    title: str
    title_en: str
    source: str
    clause: str
    severity: str
    scope: str
    message: str
    message_en: str


@dataclass(frozen=True, slots=True)
class Kind:
    """Genres and titles of documents that go the same way."""

    genres: frozenset[str]
    titles: re.Pattern[str]


SENT_DOWN = Kind(
    frozenset({"notice", "opinion", "plan"}),
    re.compile(r"(?:通知|意见|方案|办法|决定|规划|要点|措施|细则|规定|计划)(?:[（(].{0,12}[)）])?$"),
)
UPWARD = Kind(
    frozenset({"speech", "work-summary", "government-work-report", "statistics", "article", "meeting-news", "duty-report-news"}),
    re.compile(r"(?:报告|汇报|总结|讲话|致辞|述职|简报|纪要|公报|发言|材料|请示|函)(?:[（(].{0,12}[)）])?$"),
)

CHECKS: tuple[Check, ...] = (
    Check("OFF001", "篇幅（综合性文件）", "Length of comprehensive documents", PROVISIONS, "一、切实精简文件（2）", "advice", "sent-down",
          "正文约 {words} 字；地方和部门文件一般不超过 5000 字（附件不计），请考虑精简", "the body has about {words} characters; such documents generally have at most 5,000 (attachments aside)"),
    Check("OFF002", "篇幅（专项文件）", "Length of task documents", PROVISIONS, "一、切实精简文件（2）", "info", "sent-down",
          "正文约 {words} 字；部署专项工作或具体任务的文件一般不超过 4000 字，如属此类请考虑精简", "the body has about {words} characters; documents on a special task generally have at most 4,000"),
    Check("OFF003", "开门见山", "Straight to the point", PROVISIONS, "一、切实精简文件（2）", "advice", "sent-down",
          "形势背景、重要意义、主要原则一类段落占正文 {share}；一般可以不写，确需写的尽量简短", "sections on background, significance or principles take {share} of the body; they can usually go"),
    Check("OFF004", "组织保障从简", "A short section on guarantees", PROVISIONS, "一、切实精简文件（2）", "advice", "sent-down",
          "加强领导、落实责任、组织保障一类段落占正文 {share}；应当精炼", "sections on leadership and guarantees take {share} of the body; they should be short"),
    Check("OFF005", "不照搬上级文件", "No copying of the parent document", PROVISIONS, "一、切实精简文件（2）", "advice", "any",
          "与上级文件相同的连续文字占 {share}；贯彻性文件应当写出本地的具体措施", "{share} of the text stands in the parent document; say what is done here instead"),
    Check("OFF006", "报送与配套要求", "Demands to report or to issue supporting papers", PROVISIONS, "一、切实精简文件（3）", "advice", "sent-down",
          "有 {count} 处要求报送落实情况或制定配套文件；一般不提这类要求，确需提的请说明依据", "{count} demands to report on implementation or to issue supporting papers; generally none are made"),
    Check("OFF007", "一票否决、责任状、创建达标", "Vetoes, letters of responsibility, contests", PROVISIONS, "一、切实精简文件（3）；六；七", "advice", "sent-down",
          "有 {count} 处提出一票否决、责任状、创建示范、达标或编制等要求；这类事项须有专门依据", "{count} demands for vetoes, letters of responsibility, contests or posts; they need a basis of their own"),
    Check("OFF008", "不以开会发文论成绩", "Meetings and papers are no merit", PROVISIONS, "三、统筹规范督查检查考核", "info", "any",
          "有 {count} 处以会议、文件的次数份数说明工作；是否开会发文不作为评判工作优劣的标准", "{count} counts of meetings or papers stand for work; they are not to be a standard of merit"),
    Check("OFF009", "不以留痕、笔记论成绩", "Traces and study notes are no merit", PROVISIONS, "三、统筹规范督查检查考核", "info", "any",
          "有 {count} 处以照片、台账、学习笔记一类痕迹说明工作；拍照留痕、制作学习笔记不作为评判标准（依法必须留存的记录除外）",
          "{count} photos, ledgers or study notes stand for work; they are not to be a standard of merit (records the law requires aside)"),
    Check("OFF010", "不以批示、刊发论成绩", "Leaders' notes and press pieces are no merit", PROVISIONS, "三、统筹规范督查检查考核", "info", "any",
          "有 {count} 处以领导批示、媒体刊发、信息采用说明工作；这些不得作为督查检查考核内容", "{count} leaders' notes or press pieces stand for work; inspections may not count them"),
    Check("OFF011", "打卡、积分、时长", "Check-ins, points, online time", APP_RULES, "不得设置打卡签到、积分排名、统计在线时长等强制性功能", "info", "any",
          "有 {count} 处以打卡、积分、时长、点赞转发说明工作；除安保、应急等特殊场景外，这些不得作为强制功能或考评依据",
          "{count} check-ins, points, hours online or likes stand for work; they may be neither compulsory nor a basis of appraisal"),
    Check("OFF012", "平台、账号、群组过多", "Many platforms, accounts and groups", PROVISIONS, "五、规范政务移动互联网应用程序管理", "info", "any",
          "有 {count} 处列举平台、程序、账号或群组的数量；功能相近的应当整合，少用、不用的应当关停", "{count} mentions of many platforms, apps, accounts or groups; like ones should be merged, idle ones closed"),
    Check("OFF013", "文字精练（长句）", "Concise wording: long sentences", DRAFTING, "第十九条（三）", "info", "any",
          "有 {count} 个句子超过 {most} 字；公文应当内容简洁、文字精练，可拆成短句", "{count} sentences have more than {most} characters; short ones read better"),
    Check("OFF014", "措施切实可行", "Measures that can be carried out", DRAFTING, "第十九条（二）", "info", "any",
          "{all} 句部署中有 {count} 句没有数量、时限或责任方；所提措施和办法应当切实可行", "{count} of {all} plans name no quantity, deadline or responsible party"),
    Check("OFF015", "文字精练（重复）", "Concise wording: repetition", DRAFTING, "第十九条（三）", "info", "any",
          "有 {count} 句与前文完全相同", "{count} sentences stood in the text before, letter for letter"),
)  # fmt: skip
