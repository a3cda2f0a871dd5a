"""The few parts of SVG that the plots need: escaped tags, a linear scale with round ticks, and a framed drawing.

Text stays text, so that the reader's own fonts draw it: no glyph is missing where a browser can show Chinese.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

FONT = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','WenQuanYi Zen Hei',sans-serif"
INK, MUTED, LINE, GRID = "#1c2430", "#5a6472", "#b9c3d0", "#e3e7ec"


def safe(text: str) -> str:
    """Escape text for HTML; lone surrogates, which no page may hold, become U+FFFD."""
    return escape("".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text))


def clean(text: str) -> str:
    """Escape text for XML, so that a drawing is also a valid file of its own: control characters become U+FFFD too."""
    return safe("".join("\ufffd" if (ord(c) < 32 and c not in "\t\n\r") or c in "\ufffe\uffff" else c for c in text))


def number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def tag(name: str, *children: str, **attributes: str | float) -> str:
    """Return an element; ``_`` in attribute names becomes ``-``, values are escaped, ``children`` are markup already."""
    rows = (
        f' {key.rstrip("_").replace("_", "-")}="{clean(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{''.join(rows)}>{''.join(children)}</{name}>"


def label(x: float, y: float, words: str, *, anchor: str = "start", size: float = 12, fill: str = INK) -> str:
    """Return text at its baseline; ``anchor`` is start, middle or end."""
    return tag("text", clean(words), x=x, y=y, text_anchor=anchor, font_size=size, fill=fill)


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = LINE, width: float = 1, dashed: bool = False) -> str:
    """Return a straight line."""
    dash: dict[str, str | float] = {"stroke_dasharray": "4 3"} if dashed else {}
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, **dash)


def box(x: float, y: float, width: float, height: float, fill: str, *, tip: str = "", opacity: float = 1.0) -> str:
    """Return a filled rectangle; ``tip`` shows when the pointer rests on it."""
    return tag("rect", _tip(tip), x=x, y=y, width=width, height=height, fill=fill, fill_opacity=opacity)


def dot(x: float, y: float, fill: str, *, radius: float = 4, tip: str = "", opacity: float = 1.0) -> str:
    """Return a filled circle."""
    return tag("circle", _tip(tip), cx=x, cy=y, r=radius, fill=fill, fill_opacity=opacity)


def _tip(words: str) -> str:
    return tag("title", clean(words)) if words else ""


def shorten(words: str, most: int) -> str:
    """Cut text to ``most`` characters, the last of them … when something was cut."""
    return words if len(words) <= most else words[: most - 1] + "…"


def text_width(words: str, size: float = 12) -> float:
    """Estimate the width of text in pixels: ideographs and full-width marks are square, the rest about half."""
    return size * sum(1.0 if ord(c) > 0x2E7F or c in "—…“”‘’" else 0.58 for c in words)


@dataclass(frozen=True, slots=True)
class Scale:
    """Linear map from values ``low``–``high`` to pixels ``start``–``end``; values outside are clipped to the ends."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1.0)
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """Return at most ``most + 1`` round values (steps of 1, 2 or 5 times a power of ten) within the range."""
        width = (self.high - self.low) or 1.0
        rough = width / most
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        return [round(i * step, 10) for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def axis_label(value: float) -> str:
    """Return a tick label without needless digits."""
    return f"{value:.10g}"


@dataclass(frozen=True, repr=False)
class Plot:
    """A drawing: ``str(plot)`` is a whole SVG element to put into a page or a file; a notebook shows it."""

    svg: str

    def __str__(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Plot, {len(self.svg)} characters of SVG>"

    def _repr_html_(self) -> str:
        return f"<div style='max-width:60rem'>{self.svg}</div>"


def drawing(width: float, height: float, title: str, *children: str) -> Plot:
    """Frame children; ``title`` is what a screen reader says, and the visible headline.

    The drawing scales down with its page and never grows beyond ``width`` pixels.
    """
    head = label(0, 16, title, size=14)
    body = tag(
        "svg",
        tag("title", clean(title)),
        head,
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_label=title,
        font_family=FONT,
        style=f"width:100%;max-width:{number(width)}px;height:auto;display:block",
    )
    return Plot(body)
