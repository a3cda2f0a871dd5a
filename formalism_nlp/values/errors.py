"""Coded errors: every message says what is wrong, where, and what to do (Chinese first, then English)."""

from __future__ import annotations

# One table, so that a code is never used twice and a test can walk all messages.
MESSAGES: dict[str, tuple[str, str]] = {
    "F101": ("文档为空：没有可评分的文字", "the document is empty: there is no text to score"),
    "F102": ("不是文本文件（含二进制内容）；请转换为 txt、docx 或 html", "binary content; convert it to txt, docx or html"),
    "F103": (
        "无法识别编码：不是有效的 UTF-8、GB18030 或 Big5；请另存为 UTF-8",
        "encoding not recognised (UTF-8, GB18030, Big5 tried); save the file as UTF-8",
    ),
    "F104": (
        "文字已成乱码（曾用错误的编码打开并保存）；请从原件重新导出",
        "the text is mojibake (it was once decoded with a wrong encoding); export it again from the original",
    ),
    "F105": ("文件已加密；请去除密码后再评分", "the file is encrypted; remove the password first"),
    "F106": ("文件超过大小上限；请拆分或提高 limit", "the file is over the size limit; split it or raise the limit"),
    "F107": (
        "暂不支持的格式；支持 txt、md、html、docx、doc、wps、pdf、ofd，以及含有它们的 zip 和 eml",
        "unsupported format; txt, md, html, docx, doc, wps, pdf, ofd are read, and zip and eml that hold them",
    ),
    "F108": ("文件已损坏或结构不合法，无法读取", "the file is broken or malformed and cannot be read"),
    "F109": ("文件不存在或无法打开", "the file does not exist or cannot be opened"),
    "F110": ("应为 str、Document、路径或 bytes", "expected str, Document, path or bytes"),
    "F111": (
        "没有文字层（扫描件或图片）；请先做文字识别（OCR）",
        "there is no text layer (scanned pages or pictures); recognise the text (OCR) first",
    ),
    "F112": ("读取该文件需要转换程序", "a converter is needed to read this file"),
    "F113": (
        "压缩包或邮件里不是恰好一份文档；请用 formalism score 或 readers.read_all",
        "the archive or mail does not hold exactly one document; use formalism score or readers.read_all",
    ),
    "F201": ("词表规则文件有误", "a lexicon rule file is wrong"),
    "F301": ("模型文件缺失、损坏或与词表不匹配", "the model is missing, damaged or does not fit the lexicon"),
    "F302": ("训练数据有误", "the training data are wrong"),
    "F401": ("未知的文种（genre）", "unknown genre"),
    "F402": (
        "输出格式未知；请用 .csv、.jsonl、.json、.html 或 .parquet",
        "unknown output format; use .csv, .jsonl, .json, .html or .parquet",
    ),
    "F403": ("没有找到可评分的文件", "no file to score was found"),
    "F404": ("没有这条规则", "there is no such rule"),
    "F405": ("报告与文件不符：请用同一文件重新评分", "the report is of another file: score this very file"),
    "F408": ("配置文件 formalism.toml 有误", "the configuration formalism.toml is wrong"),
    "F409": ("忽略清单（baseline）有误", "the baseline of dismissed findings is wrong"),
    "F406": ("参数有误：名称不存在或数值超出范围", "a parameter is wrong: an unknown name or a value out of range"),
    "F501": ("请求格式有误", "the request is malformed"),
    "F502": (
        "请求体超过大小上限；请拆分，或在启动服务时提高上限",
        "the request body is over the limit; split it or raise the limit of the service",
    ),
    "F503": ("服务繁忙；请按 Retry-After 稍后重试", "the service is busy; try again after Retry-After"),
    "F504": ("超过时限，已中止", "stopped: over the time limit"),
    "F505": (
        "缺少或错误的访问令牌；请带 Authorization: Bearer 令牌",
        "the access token is missing or wrong; send Authorization: Bearer TOKEN",
    ),
    "F506": ("没有这个地址或方法；见 /openapi.json", "no such address or method; see /openapi.json"),
    "F507": ("服务无法启动", "the service cannot start"),
    "F601": (
        "超过时限，已中止这份文件；可提高 --timeout 并加 --retry",
        "stopped: over the time limit; raise --timeout and add --retry",
    ),
    "F602": ("读取或评分时进程崩溃；其他文件不受影响", "the process crashed on this file; no other file is affected"),
    "F603": ("超过内存上限；可提高 --memory 并加 --retry", "over the memory limit; raise --memory and add --retry"),
    "F604": ("另一次运行正在使用这本台账；请等它结束", "another run is using this ledger; wait for its end"),
    "F605": (
        "台账损坏或无法写入；请检查磁盘，或用 --fresh 重来",
        "the ledger is damaged or cannot be written; check the disk or start --fresh",
    ),
    "F606": ("评分进程无法启动", "a scoring process cannot start"),
    "F607": ("缺少可选组件", "an optional part is not installed"),
    "F608": ("集群有误", "something is wrong with the cluster"),
    "F610": (
        "没有找到中文字体；请安装一种，例如 apt install fonts-noto-cjk，再删去 matplotlib 的字体缓存",
        "no font with Chinese characters was found; install one, e.g. apt install fonts-noto-cjk, and clear matplotlib's font cache",
    ),
    "F900": ("意外错误（请报告）", "unexpected error (please report it)"),
}

# Names of what can happen to a file, for tables and scripts; as stable as the codes.
STATUSES: dict[str, str] = {
    "F101": "empty",
    "F102": "binary",
    "F103": "unknown_encoding",
    "F104": "mojibake",
    "F105": "encrypted",
    "F106": "too_large",
    "F107": "unsupported_format",
    "F108": "broken",
    "F109": "not_found",
    "F110": "wrong_type",
    "F111": "no_text_layer",
    "F112": "needs_converter",
    "F113": "several_documents",
    "F601": "timeout",
    "F602": "crashed",
    "F603": "out_of_memory",
}


class FormalismError(Exception):
    """An error a user can act on.

    Args:
        code: key of ``MESSAGES`` such as ``"F103"``; never reused.
        where: file, line or item the error is about.
        detail: what exactly was found.
    """

    def __init__(self, code: str, where: str = "", detail: str = "") -> None:
        self.code = code
        self.where = where
        self.detail = detail
        zh, en = MESSAGES[code]
        place = f"{where}: " if where else ""
        tail = f" [{detail}]" if detail else ""
        super().__init__(f"{code} {place}{zh} / {en}{tail}")

    def __reduce__(self) -> tuple[type[FormalismError], tuple[str, str, str]]:
        return type(self), (self.code, self.where, self.detail)


class ReadError(FormalismError):
    """A file or bytes could not be turned into a Document."""

    @property
    def status(self) -> str:
        """The code as a word: ``"no_text_layer"``, ``"needs_converter"``, ``"too_large"`` …; ``"error"`` for any other code."""
        return STATUSES.get(self.code, "error")


class LexiconError(FormalismError):
    """A rule file is wrong; ``where`` is ``file:line``."""


class ModelError(FormalismError):
    """A model is missing, damaged or does not fit."""
