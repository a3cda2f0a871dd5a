"""The rows of the taxonomy: twelve forms of formalism and nine remedies, with their names in both languages.

Source: 《重“痕”轻“绩”,如何推动基层治理脱“虚”向“实”》, 大众日报 2024-03-28.
"""

from __future__ import annotations

from collections.abc import Mapping

FORMS = tuple(f"F{a}.{b}" for a in (1, 2, 3, 4) for b in (1, 2, 3))
REMEDIES = tuple(f"R{a}.{b}" for a in (1, 2, 3) for b in (1, 2, 3))
CODES = FORMS + REMEDIES

# Row → (Chinese, English).
ROW_NAMES: Mapping[str, tuple[str, str]] = {
    "F1.1": ("文山会海", "mountains of documents, seas of meetings"),
    "F1.2": ("过度留痕", "excessive traces"),
    "F1.3": ("事务主义", "busy without outcome"),
    "F2.1": ("唯我独尊", "self-importance"),
    "F2.2": ("脱离群众", "out of touch with people"),
    "F2.3": ("敷衍推责", "passing the buck"),
    "F3.1": ("引领弱化", "weak guidance"),
    "F3.2": ("创新虚化", "hollow innovation"),
    "F3.3": ("队伍软化", "weak ranks"),
    "F4.1": ("数字公共产品滥用", "misused public digital products"),
    "F4.2": ("数字治理资源滥用", "misused digital resources"),
    "F4.3": ("数字形式主义", "digital formalism"),
    "R1.1": ("政治判断力", "political judgement"),
    "R1.2": ("政治领悟力", "political understanding"),
    "R1.3": ("政治执行力", "political execution"),
    "R2.1": ("自治", "self-government"),
    "R2.2": ("法治", "rule of law"),
    "R2.3": ("德治", "rule of virtue"),
    "R3.1": ("党建数字化", "digital party work"),
    "R3.2": ("公共服务数字化", "digital public services"),
    "R3.3": ("政府治理数字化", "digital government"),
}
FAMILY_NAMES: Mapping[str, tuple[str, str]] = {
    "F1": ("形式主义", "formalism"),
    "F2": ("官僚主义", "bureaucratism"),
    "F3": ("党建悬浮化", "hollow party building"),
    "F4": ("数字技术滥用", "misused digital technology"),
    "R1": ("政治三力", "three political abilities"),
    "R2": ("三治融合", "self-government, law and virtue"),
    "R3": ("数字赋能", "digital empowerment"),
}
