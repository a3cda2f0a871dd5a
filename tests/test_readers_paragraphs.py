"""pdf: where a paragraph ends that is neither indented nor set apart."""

from __future__ import annotations

import pytest
from exporters import lines_at, pdf_of

from formalism_nlp.readers import read

RUN_IN = (
    "（一）压实责任。各村干部分段看护堤坝，夜里两人一班，换班要签字。（二）备足物",
    "料。沙袋编织袋存放在村部西屋，钥匙由会计保管。（三）转移群众。低洼处住户先",
    "搬到学校，老人由邻居接送，三餐由村食堂供给，一户不少，一人不落，都有人管。",
    "（四）看好路口。水漫过桥面就封路，由民兵值守，没有通知谁也不准放行过往车。",
)
OWN_LINES = (
    "（一）压实责任。各村干部分段看护堤坝，夜里两人一班，换班要签字，不许代签。",
    "（二）备足物料。沙袋编织袋存放在村部西屋，钥匙由会计保管，用后要登记造册。",
    "（三）转移群众。低洼处的住户先搬到学校，老人由邻居接送，三餐由村食堂供给。",
    "（四）看好路口。水漫过桥面就封路，由民兵值守，没有通知谁也不准放行过往车。",
)


@pytest.mark.parametrize(("lines", "paragraphs"), [(RUN_IN, 1), (OWN_LINES, 4)])
def test_an_item_at_the_margin_begins_a_paragraph_unless_items_stand_inside_lines(
    lines: tuple[str, ...], paragraphs: int
) -> None:
    """A full line that ends with a full stop, and the next begins with a number: only the other items tell what it is."""
    document = read(pdf_of(lines_at(*[(36.0, 60.0 + 24 * number, text) for number, text in enumerate(lines)])), name="a.pdf")
    found = [document.text[block.start : block.end] for block in document.blocks]
    assert len(found) == paragraphs
    assert "".join(found) == "".join(lines)
