"""Bytes → text by a strict ladder, text that was garbled earlier refused, plain and Markdown text → Document."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from formalism_nlp.values.document import Block, BlockKind, Document, line_blocks
from formalism_nlp.values.errors import ReadError

# The characters that stand most often in official and news texts, and everyday ones; then the traditional forms of these.
# Real Chinese text is 60–90 % of these, text decoded with a wrong encoding 0–15 %: that decides between encodings.
_COMMON_SIMPLIFIED = (
    "的中国和一发要业作大在实全工会人展进新政党部建有化学行主年动为加以强出习力了重地不民产对务高设是家平开成推经生个增等关长"
    "上理持同题央治体区定方制时面市机教各提育现总能保深改用合公到来导近社日领问规分入代组坚好量济调委通多法员基我于自项资度这"
    "点十企记前局农统性义本技指共任电书施文研月干视门决特整立质效求议院下目事过科精查级场心管与系安责表创贯水二们造品色位报比"
    "步集续向正彻更省明解从落意确服式办想结监三今群思策村取他内期得应信革严风万程神口把者示五巡金海外当第情就利计数纪小快运标"
    "活升专元战府两众后交四城及天军术完支源物收稳将其织并着联际次据单防广可流做形原认子起护优构间常反型协条势西道话北相态商团"
    "论促之件美放准范线已真费处别督供域抓署职所司融种台也划究投积极转善路使层果观断案网最东营南需引备检批还负乡亿江格里况见队"
    "消障举列车而达受华价由八审班环都带走权境节打础值志席突接核医传措李切先布难去模清说头副排界讲类贸识山无京参族验显如看港围"
    "复察回维知具斯因健些紧根律名充装绩届感违伊速息培县兴略命百践世易手限扩住争告依变字险必此挥聚财至超游空林粮执证照首克校智"
    "针算称控户州然继史考居老站益采才担历率边例气尔较扎按配食官减谈号张破直宁药连固约低河功灾身读养航请澳亚存试普助房给客病则"
    "少细综或春均筹朗被税听击马样武急销足售份但款预斗互王九召树训置器访绿额腐卫赛只旅牢每轮注良震疗降景底须园镇响努象乌青兰典"
    "货座几选湖占逐让银修没献料厅该贫汇送拓奋你她它很吗呢吧吃喝跑爱妈爸儿孩您谁怎哪什又再跟太坏早晚夏秋冬火土木左右男女谢街股"
    "室函令"
)
_COMMON_TRADITIONAL = (
    "國發業實會進黨學動為強習產對務設開經個關長題體區製時麵機現總閤來導領問規組堅濟調員於項資這點記農統義電書幹榦視門決質議過"
    "級場與係繫責錶創貫們報續徹從確辦結監內應嚴風萬噹當計數紀運標專戰兩眾後軍朮術穩將織並併聯際據單廣認護優構間協條勢話態團糰"
    "論準線費處別彆職種檯臺劃積極轉層觀斷網東營備檢還負鄉億裡況見隊舉車達華價審環帶權節礎誌醫傳佈難說頭講類貿識無參蔘驗顯圍復"
    "複迴維緊裝績屆違縣興踐擴爭變險揮財遊糧執証證剋針鍼稱戶繼埰寀採纔擔厤曆歷邊氣爾較紮減談號張寧甯葯藥連約災讀養請亞試給則細"
    "綜籌稅聽擊馬樣銷預鬥樹訓訪綠額衛賽隻輪註療須鬚園鎮響烏蘭貨幾選佔讓銀脩沒獻廳該貧匯彙奮嗎喫愛媽兒誰壞謝"
)
_COMMON = frozenset(_COMMON_SIMPLIFIED + _COMMON_TRADITIONAL)
_ORDINARY = _COMMON.union("　，。、；：？！“”‘’（）《》【】—…·", map(chr, range(0x20, 0x7F)), "\t\n\r")  # of a sound text
_NOT_LETTERS = re.compile("[\x00-\xa0\u2000-\u2bff\u3000-\u303f\uff00-\uffef]+")
# What garbled bytes turn back into; U+FFFD because 锟斤拷 is two of them.
_EXPECTED = _COMMON.union("　，。、；：？！“”‘’（）《》【】—…\ufffd")
_SAMPLE = 50_000  # characters looked at when encodings compete; the rest of a long text adds nothing

# Python's gb18030 is the edition of 2000; these were private use there and are characters since 2005 (A8BC) and 2022 (18).
# A3A0 is read as a wide space, as all browsers do.
_GB18030_2022 = str.maketrans(
    "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864\ue7c7\ue5e5",
    "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb\u1e3f\u3000",
)
# UTF-32 before UTF-16: the little-endian mark of one begins with that of the other.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_LABELS = {
    **dict.fromkeys(("gb2312", "gb_2312-80", "csgb2312", "gbk", "x-gbk", "cp936", "ms936", "gb18030"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "cn-big5", "csbig5", "x-x-big5"), "big5hkscs"),
}
_BEYOND_TWO_BYTES = re.compile("[^\x00-\u07ff]")
_CONTROL_BYTES = bytes({*range(0x20), 0x7F} - {*b"\t\n\v\f\r\x1a\x1b"})
_EURO = "formalism_nlp.euro"
# Nearly any even number of bytes is valid UTF-16: without a mark half of it must be ordinary, or less when all is Chinese or ASCII.
_LEAST_WIDE, _LEAST_WIDE_CHINESE = 0.5, 0.25
_CHINESE = re.compile("[\t\n\r -~·\u2010-\u203b\u2460-\u2473\u3000-\u301f\u4e00-\u9fff\uff01-\uff5e]*")
_LEAST_SHARE = 0.05  # below it 30 or more letters are no Chinese text (Korean, Russian … bytes are valid GB18030 too)


class Piece(NamedTuple):
    """One block before the text is put together; ``text`` is its final text."""

    kind: BlockKind
    text: str
    where: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a byte string with LF line ends, the encoding it was in, and what the user should know."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


class _Reading(NamedTuple):
    """Bytes read in one encoding; ``cut`` bytes of an unfinished last character were dropped."""

    text: str
    codec: str
    cut: int


def lay_out(pieces: Iterable[Piece]) -> tuple[str, tuple[Block, ...]]:
    """Join pieces by line breaks.

    Returns:
        The text and one block a piece; ``text[block.start:block.end]`` is the text of the piece.
    """
    texts: list[str] = []
    blocks: list[Block] = []
    start = 0
    for piece in pieces:
        blocks.append(Block(piece.kind, start, start + len(piece.text), piece.level, piece.where))
        texts.append(piece.text)
        start += len(piece.text) + 1
    return "\n".join(texts), tuple(blocks)


# --- bytes → text ---------------------------------------------------------------------------------------------------


def decode(data: bytes, *, where: str = "", label: str = "") -> Decoded:
    """Decode bytes strictly: mark, UTF-8, UTF-16 without a mark, then GB18030 against Big5-HKSCS by common characters.

    Args:
        data: the whole file.
        where: file name for error messages.
        label: charset the file claims (HTML); believed among the Chinese ones when it decodes and is not implausible.

    Returns:
        The text with CRLF and CR turned into LF, without a byte order mark. A file cut inside its last character loses that
        character and gets a note.

    Raises:
        ReadError: F102 binary content, F103 no encoding fits.
    """
    text, encoding, cut = _marked(data, where) or _utf8(data) or _guessed(data, where, label)
    if "\0" in text:
        raise ReadError("F102", where, "NUL 字符 / NUL characters")
    if encoding == "gb18030":
        text = text.translate(_GB18030_2022)
    note = f"文件在字符中间截断，末尾 {cut} 个字节已略去 / cut inside a character: the last {cut} bytes were dropped"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Decoded(text, encoding, (note,) if cut else ())


def _strict(data: bytes, codec: str) -> _Reading | None:
    """The reading in one encoding; None when the bytes are not valid in it, but for an unfinished last character."""
    errors = _EURO if codec == "gb18030" else "strict"
    try:
        return _Reading(data.decode(codec, errors), codec, 0)
    except UnicodeDecodeError as error:
        unfinished = any(word in error.reason for word in ("incomplete", "end of data", "truncated"))
        if not unfinished or not 0 < len(data) - error.start <= 3 or error.start == 0:
            return None
        return _Reading(data[: error.start].decode(codec, errors), codec, len(data) - error.start)


def _euro(error: UnicodeError) -> tuple[str, int]:
    """Byte 80 is the euro sign in Windows' GBK, which is how Notepad saves 'ANSI'; in GB18030 it is nothing."""
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] == 0x80:
        return "€", error.start + 1
    raise error


codecs.register_error(_EURO, _euro)


def _marked(data: bytes, where: str) -> _Reading | None:
    for mark, codec in _MARKS:
        if data.startswith(mark):
            if found := _strict(data[len(mark) :], codec):
                return found
            raise ReadError("F103", where, f"文件头标记为 {codec}，内容却不符 / marked as {codec}, which the bytes are not")
    return None


def _utf8(data: bytes) -> _Reading | None:
    if _has_many_controls(data):
        return None
    found = _strict(data, "utf-8")
    if found is None or found.text.isascii() != data.isascii():
        return None  # not UTF-8, or only ASCII and an unfinished character, which may be one of GB18030
    if not _BEYOND_TWO_BYTES.search(found.text) and len(_scripts(found.text)) > 1:
        # A few Chinese characters in GB18030 may be valid UTF-8 by chance: a mixture of Hebrew, Cyrillic and the like.
        pairs = _strict(data, "gb18030")
        if pairs and _share(_letters(pairs.text)) >= 0.5:
            return None
    return found


def _scripts(text: str) -> set[str]:
    """Scripts of the first letters beyond ASCII, by the first words of their names."""
    return {unicodedata.name(char, "").partition(" ")[0] for char in _letters(text[:1_000]) if char.isalpha()}


def _has_many_controls(data: bytes) -> bool:
    return b"\0" in data or (len(data) - len(data.translate(None, _CONTROL_BYTES))) * 50 > len(data)


def _guessed(data: bytes, where: str, label: str) -> _Reading:
    wide = [found for codec in ("utf-16-le", "utf-16-be") if (found := _strict(data, codec))]
    if wide:
        likely = max(wide, key=_plausible)
        chinese = not data.isascii() and _CHINESE.fullmatch(likely.text[:_SAMPLE])
        if _plausible(likely) >= (_LEAST_WIDE_CHINESE if chinese else _LEAST_WIDE):
            return likely
    if _has_many_controls(data):
        raise ReadError("F102", where)
    claimed = _LABELS.get(label.strip().lower(), "")
    narrow = [found for codec in ("gb18030", "big5hkscs") if (found := _strict(data, codec))]
    if not narrow:
        raise ReadError("F103", where)
    # An unfinished last character is possible, a whole one more likely; the claim of the file weighs more than either.
    best = max(narrow, key=lambda item: _plausible(item) + 0.2 * (item.codec == claimed) - 0.1 * bool(item.cut))
    letters = _letters(best.text[:_SAMPLE])
    if len(letters) >= 30 and _share(letters) < _LEAST_SHARE:
        raise ReadError(
            "F103", where, f"按 {best.codec} 解码后几乎没有常用汉字 / as {best.codec} it has hardly any common character"
        )
    return best


def _plausible(reading: _Reading) -> float:
    """Share of ordinary characters at the beginning of a decoded text."""
    sample = reading.text[:_SAMPLE]
    return sum(map(_ORDINARY.__contains__, sample)) / max(len(sample), 1)


def _letters(text: str) -> str:
    """What a wrong decoding fills a text with: no ASCII, punctuation, symbols, full-width forms."""
    return _NOT_LETTERS.sub("", text)


def _share(letters: str) -> float:
    """Share of common characters, 1.0 of nothing."""
    return sum(map(_COMMON.__contains__, letters)) / len(letters) if letters else 1.0


# --- text garbled earlier -------------------------------------------------------------------------------------------

_CHUNK = re.compile(r"[^\n]{1,400}")
_CP1252 = {ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_LOST_SPACE = re.compile(rb"(?<=[\xe2-\xef][\x80-\xbf]) ")
_QUOTES_GARBLED = re.compile("鈥|â€|锟斤拷")


def refuse_mojibake(text: str, where: str = "") -> tuple[str, ...]:
    """Tell text that was once decoded with a wrong encoding and saved.

    Each line with few common characters is turned back into bytes by the encodings people confuse; if these bytes are good
    Chinese text in another encoding, the line is garbled. Rare words and names have no such second reading.

    Returns:
        Notes about small damage (under a fifth of the letters garbled, under 3 % replaced by U+FFFD); usually ``()``.

    Raises:
        ReadError: F104 the damage is larger than that.
    """
    letters = len(_letters(text))
    lost = text.count("\ufffd") + 2 * text.count("锟斤拷")
    garbled, example = 0, ""
    for match in _CHUNK.finditer(text):
        chunk = match.group()
        own = _letters(chunk)
        if own and _share(own) < 0.34 and _has_second_reading(chunk, own):
            garbled += len(own)
            example = example or chunk.strip()[:20]
    # An article about 锟斤拷 may name it; two lost characters in a line of ten are damage.
    if lost * (33 if lost > 2 else 5) > letters or (garbled and garbled * 5 >= letters):
        raise ReadError("F104", where, example or f"U+FFFD × {lost}")
    notes = []
    if lost:
        notes.append(f"约 {lost} 个字符此前已丢失 / about {lost} characters had been lost before")
    if garbled:
        notes.append(f"有乱码行，例如“{example}” / some lines are mojibake, such as “{example}”")
    return tuple(notes)


def _has_second_reading(chunk: str, letters: str) -> bool:
    """Whether the bytes of a chunk of text are good Chinese in an encoding other than the one it was read in."""
    as_gb = chunk.encode("gb18030", "replace")
    # A0 is a no-break space in Latin-1 and often an ordinary space by the time the text is saved.
    as_latin = _LOST_SPACE.sub(b"\xa0", chunk.translate(_CP1252).encode("latin-1", "replace"))
    if any(_is_utf8(raw, chunk) for raw in (as_gb, as_latin)):
        return True
    if all(char < "\u0100" or ord(char) in _CP1252 for char in chunk):
        # The chunk may begin in the middle of a pair.
        return any(_is_pairs(raw, codec, 4, 0.4) for raw in (as_latin, as_latin[1:]) for codec in ("gb18030", "big5hkscs"))
    if len(letters) < 8 or sum(char > "\u2e80" for char in letters) * 2 < len(letters):
        # Pairs of bytes are always some character: a few rare ones, or Cyrillic letters, may become common ones.
        return False
    return _is_pairs(as_gb, "big5hkscs", 8, 0.6) or _is_pairs(chunk.encode("big5hkscs", "replace"), "gb18030", 8, 0.6)


def _is_utf8(raw: bytes, chunk: str) -> bool:
    """Three-byte sequences of UTF-8 make up a good part of the bytes: by chance that does not happen."""
    good = sum(map(_EXPECTED.__contains__, raw.decode("utf-8", "ignore")))
    beyond_ascii = sum(byte >= 0x80 for byte in raw)
    return good * 3 >= 0.3 * beyond_ascii and good >= (1 if _QUOTES_GARBLED.search(chunk) else 2)


def _is_pairs(raw: bytes, codec: str, least: int, share: float) -> bool:
    letters = _letters(raw.decode(codec, "ignore"))
    return len(letters) >= least and _share(letters) >= share


# --- text → Document ------------------------------------------------------------------------------------------------

_HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
_FENCE = re.compile(r"```|~~~")
_BULLET = re.compile(r"[-*+][ \t]+\S")


def text_document(decoded: Decoded, *, markdown: bool = False) -> Document:
    """Make a document of decoded text; its text is the decoded text unchanged.

    Args:
        decoded: from ``decode``.
        markdown: the name says so; a text with ``# headings`` is taken as Markdown anyway.

    Returns:
        One block a line that is not blank, ``where`` = ``"line N"``. In Markdown a heading block begins at its ``#`` and
        carries the level, bullets are list items and ``|`` rows table rows; the title is the first heading of the highest
        level. The title of plain text is ``""``.
    """
    text, blocks, title = decoded.text, line_blocks(decoded.text), ""
    kinds = _markdown_blocks(text, blocks)
    headings = [block for block in kinds if block.kind == "heading"]
    if markdown or headings:
        blocks = kinds
    if headings:
        first = min(headings, key=lambda block: block.level)
        title = _heading_text(text[first.start : first.end])
    name = "markdown" if markdown or headings else "text"
    return Document(text=text, blocks=blocks, title=title, format=name, encoding=decoded.encoding, notes=decoded.notes)


def _heading_text(line: str) -> str:
    """Text of a heading line without its marks, those at its end included (``## Title ##``)."""
    text = line.lstrip("#").strip()
    bare = text.rstrip("#")
    return (bare.rstrip() if bare.endswith((" ", "\t")) else text).replace("**", "")


def _markdown_blocks(text: str, lines: Iterable[Block]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    fenced = False
    for block in lines:
        line = text[block.start : block.end]
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced:
            blocks.append(block)
        elif heading := _HEADING.match(line):
            blocks.append(Block("heading", block.start, block.end, len(heading.group(1)), block.where))
        elif "---" not in line or line.strip("|:- \t"):  # the rule under a table's head is no row
            kind: BlockKind = "list_item" if _BULLET.match(line) else "table_row" if line.startswith("|") else block.kind
            blocks.append(Block(kind, block.start, block.end, 0, block.where))
    return tuple(blocks)
