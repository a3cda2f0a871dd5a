"""HTML → Document: the article of a page without its frame."""

from __future__ import annotations

import re
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from formalism_nlp.readers.guard import check_html, names
from formalism_nlp.readers.plain import Decoded, Piece, lay_out
from formalism_nlp.values.document import BlockKind, Document
from formalism_nlp.values.errors import ReadError

# Where Chinese government and news sites keep the article, the surest first.
_ARTICLES = (
    "#UCAP-CONTENT", ".TRS_Editor", ".trs_editor_view", "#zoom", ".pages_content", ".article-content", ".article_content",
    ".article_con", ".news_content", ".content_body", "article", ".article", "main", "#content", ".content",
)  # fmt: skip
_LEAST_PART = 0.3  # an "article" with less of the page's text than this is a teaser or a box
_MOST_CANDIDATES = 20
_LEFT_OUT = names("script style nav header footer noscript template aside iframe svg button select textarea head title object")
_HIDDEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_BLOCKS = names(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html li main ol p pre section summary table tbody td tfoot th thead tr ul"
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_CJK = "[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff“”‘’—…]"
_BROKEN_LINE = re.compile(f"(?<={_CJK})[ \t]*\n\\s*(?={_CJK})")
_WHITE = re.compile(r"[ \t\n\f\xa0]+")
_SITE_NAME = re.compile(r"[_|｜]| [-–—]+ ")
_LAYOUT_CELL = 10  # a cell with more blocks than this is a column of the page, not a table cell


def read_html(decoded: Decoded, where: str = "") -> Document:
    """Read a web page.

    Args:
        decoded: the decoded page.
        where: its name for error messages.

    Returns:
        Title, headings, paragraphs, list items and table rows (cells joined by tabs) of the article, or of the whole body
        when no usual container holds 30 % of its text. Navigation, page header and footer, scripts and hidden elements are left
        out. ``where`` of a block is ``"element N"``: the N-th element of the page in document order
        (``document.querySelectorAll("*")[N - 1]`` in a browser). The title is the heading 1, else the page's title.

    Raises:
        ReadError: F101 no text, F108 markup made to exhaust the parser.
    """
    check_html(decoded.text, where)
    tree = LexborHTMLParser(decoded.text)
    body = tree.body
    if body is None:
        raise ReadError("F101", where, "框架页 / a page of frames")
    page = _Page(tree)
    main = _main(tree, body)
    page.walk(main)
    heading = _heading(body)
    if heading is not None and main.mem_id != body.mem_id and page.pieces and all(piece.kind != "title" for piece in page.pieces):
        page.pieces.insert(0, Piece("title", _clean(_text(heading)), page.place(heading), 1))
    if not page.pieces:
        raise ReadError("F101", where, "网页中没有正文，可能由脚本生成 / no text in the page: perhaps a script makes it")
    text, blocks = lay_out(page.pieces)
    title = next((piece.text for piece in page.pieces if piece.kind == "title"), "") or _page_title(tree)
    return Document(text=text, blocks=blocks, title=title, format="html", encoding=decoded.encoding, notes=decoded.notes)


# --- nodes ----------------------------------------------------------------------------------------------------------


def _tag(node: LexborNode) -> str:
    """Lower-case name; ``"-text"`` of text, ``"-comment"`` of comments, ``""`` of anything else that is no element."""
    return node.tag or ""


def _children(node: LexborNode) -> list[LexborNode]:
    found: list[LexborNode] = []
    child = node.child
    while child is not None:
        found.append(child)
        child = child.next
    return found


def _is_hidden(node: LexborNode) -> bool:
    tag = _tag(node)
    if tag == "header":  # that of an article holds its heading, that of a page its navigation
        return node.parent is None or _tag(node.parent) not in ("article", "main")
    if tag in _LEFT_OUT:
        return True
    attributes = node.attributes
    if "hidden" in attributes or (attributes.get("aria-hidden") or "").lower() == "true":
        return True
    return bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))


def _is_shown(node: LexborNode) -> bool:
    """Whether neither the node nor what it stands in is hidden; a body hidden until a script has run counts as shown."""
    at: LexborNode | None = node
    while at is not None and _tag(at) not in ("body", "html", ""):
        if _is_hidden(at):
            return False
        at = at.parent
    return True


def _text(node: LexborNode, *, links: bool = True) -> str:
    """Visible text below a node, a line break before and after each block element and for each ``<br>``."""
    parts: list[str] = []
    stack: list[LexborNode | str] = [*reversed(_children(node))]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        tag = _tag(item)
        if tag == "-text":
            parts.append(_one_line(item.text_content or ""))
        elif tag == "br":
            parts.append("\n")
        elif tag and not tag.startswith("-") and not _is_hidden(item) and (links or tag != "a"):
            if tag in _BLOCKS:
                parts.append("\n")
                stack.append("\n")
            stack.extend(reversed(_children(item)))
    return "".join(parts)


def _one_line(text: str) -> str:
    """Line breaks of the source are no line breaks of the page, and between Chinese characters not even a space."""
    return _WHITE.sub(" ", _BROKEN_LINE.sub("", text.replace("\r", "\n"))) if text else ""


def _clean(text: str, joint: str = "") -> str:
    """Lines stripped and joined; empty ones dropped."""
    return joint.join(line for part in text.split("\n") if (line := part.strip()))


# --- which part of the page -----------------------------------------------------------------------------------------


def _main(tree: LexborHTMLParser, body: LexborNode) -> LexborNode:
    """The container with the article, else the body. Text of links does not count: lists of links are no article."""
    least = _LEAST_PART * _size(body)
    for selector in _ARTICLES:
        found = [node for node in tree.css(selector)[:_MOST_CANDIDATES] if _is_shown(node)]
        best = max(found, key=_size, default=None)
        if best is not None and _size(best) >= max(least, 1):
            return best
    return body


def _size(node: LexborNode) -> int:
    return len("".join(_text(node, links=False).split()))


def _heading(body: LexborNode) -> LexborNode | None:
    return next((node for node in body.css("h1") if _is_shown(node) and _text(node).strip()), None)


def _page_title(tree: LexborHTMLParser) -> str:
    """The title government sites give in a meta element, else the page's title without the site's name."""
    for node in tree.css('meta[name="ArticleTitle"]'):
        if title := (node.attributes.get("content") or "").strip():
            return title
    named = tree.css_first("title")
    title = _WHITE.sub(" ", named.text()).strip() if named is not None else ""
    return _SITE_NAME.split(title)[0].strip() or title


# --- the walk -------------------------------------------------------------------------------------------------------


class _Context(NamedTuple):
    kind: BlockKind
    level: int
    where: str
    lines: bool = False  # inside <pre>: line breaks of the source are line breaks of the page


class _Page:
    """Collects the pieces of a page in order, without recursion: depth is the page's choice."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        root = tree.root
        elements = [] if root is None else [node for node in root.traverse() if not _tag(node).startswith("-") and node.tag]
        self._numbers = {node.mem_id: number for number, node in enumerate(elements, 1)}
        self.pieces: list[Piece] = []
        self._parts: list[str] = []
        self._titled = False

    def place(self, node: LexborNode) -> str:
        """``"element N"`` of an element."""
        return f"element {self._numbers.get(node.mem_id, 0)}"

    def walk(self, top: LexborNode) -> None:
        """Collect what is visible below ``top``."""
        outer = _Context("paragraph", 0, self.place(top))
        # A node still to be entered with the context around it, or (None, context) where a block ends.
        stack: list[tuple[LexborNode | None, _Context]] = [(None, outer), *((c, outer) for c in reversed(_children(top)))]
        while stack:
            node, context = stack.pop()
            if node is None:
                self._flush(context)
                continue
            tag = _tag(node)
            if tag == "-text":
                self._take(node.text_content or "", context)
            elif tag == "br":
                self._break(context)
            elif not tag or tag.startswith("-") or _is_hidden(node):
                continue
            elif tag == "tr" and (row := _row(node)) is not None:
                self._flush(context)
                if row.strip():
                    self.pieces.append(Piece("table_row", row, self.place(node)))
            elif tag in _BLOCKS:
                self._flush(context)
                inner = self._context(node, tag, context)
                stack.append((None, inner))
                stack.extend((child, inner) for child in reversed(_children(node)))
            else:
                stack.extend((child, context) for child in reversed(_children(node)))

    def _context(self, node: LexborNode, tag: str, around: _Context) -> _Context:
        where = self.place(node)
        if tag in _HEADINGS:
            first = tag == "h1" and not self._titled
            self._titled = self._titled or first
            return _Context("title" if first else "heading", int(tag[1]), where)
        kind = "list_item" if tag == "li" else around.kind
        return _Context(kind, around.level if kind == around.kind else 0, where, around.lines or tag == "pre")

    def _take(self, text: str, context: _Context) -> None:
        if not context.lines:
            self._parts.append(text)
            return
        for number, line in enumerate(text.replace("\r", "\n").split("\n")):
            if number:
                self._flush(context)
            self._parts.append(line)

    def _break(self, context: _Context) -> None:
        if context.kind not in ("title", "heading"):  # these are one line, however they are broken on the page
            self._flush(context)

    def _flush(self, context: _Context) -> None:
        text = _one_line("".join(self._parts)).strip()
        self._parts.clear()
        if text:
            self.pieces.append(Piece(context.kind, text, context.where, context.level))


def _row(row: LexborNode) -> str | None:
    """Cells of a table row joined by tabs, their blocks by line breaks; None when the table only lays out the page."""
    cells = [node for node in _children(row) if _tag(node) in ("td", "th")]
    if len(cells) < 2 or row.css_first("table, h1, h2, h3, h4, h5, h6") is not None:
        return None
    if any(len(cell.css("p, div, li")) > _LAYOUT_CELL for cell in cells):
        return None
    return "\t".join(_clean(_text(cell), "\n") for cell in cells if not _is_hidden(cell))
