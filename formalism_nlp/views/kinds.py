"""The kinds a reviewer tells findings apart by: one kind a finding, with its name in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from formalism_nlp.values.report import Finding

# In the order a reviewer should look at them: what to cut or prove first, what is good last.
KINDS: Mapping[str, tuple[str, str]] = {
    "slogan": ("口号提法", "slogan"),
    "trace": ("过程留痕", "activity and trace"),
    "unproven": ("无据成效", "result without proof"),
    "vague": ("空泛计划", "vague plan"),
    "hedge": ("模糊措辞", "hedge"),
    "form": ("形式主义表现", "form of formalism"),
    "official": ("文风规定", "official rule of style"),
    "remedy": ("治理举措", "remedy"),
    "problem": ("问题不足", "problem named"),
    "substance": ("可核查实绩", "checkable substance"),
    "other": ("其他", "other"),
}
# What praises a text rather than asks for a change; tools that only warn leave these out.
POSITIVE = frozenset({"substance", "problem", "remedy"})

# The forms and remedies of the taxonomy (《重“痕”轻“绩”,如何推动基层治理脱“虚”向“实”》, 大众日报 2024-03-28).
FORM_NAMES: Mapping[str, tuple[str, str]] = {
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

BY_RULE: Mapping[str, str] = {
    "MDL001": "slogan",
    "MDL002": "trace",
    "MDL003": "unproven",
    "MDL004": "substance",
    "MDL005": "vague",
    "MDL006": "substance",
    "MDL007": "problem",
}
BY_SIGNAL: Mapping[str, str] = {
    "slogan": "slogan",
    "doctrine": "slogan",
    "trace": "trace",
    "hedge": "hedge",
    "form": "form",
    "remedy": "remedy",
    "substance": "substance",
    "modality": "vague",
    "structure": "official",
    "official": "official",
}


def kind_of(finding: Finding) -> str:
    """Return the key of ``KINDS`` a finding belongs to."""
    return BY_RULE.get(finding.rule) or BY_SIGNAL.get(finding.signal, "other")
