"""In what stance a finding stands: does the text itself do it, admit it, criticise it, demand its end, or report its end?"""

from __future__ import annotations

import re

# Cues are general words of position, not phrases of any one document.
_REMEDIED = re.compile(
    r"(?:压减|精简|减少|缩减|取消|清理|整合|合并|注销|关停|减轻|下降|降至|减至|减到|降到|降为|减为|不再|停用|废止|叫停)"
)
_PLEDGED = re.compile(
    r"(?:力戒|坚决(?:反对|防止|克服|整治|杜绝|纠正|破除)|反对|严禁|不得|不准|禁止|杜绝|防止|避免|克服|破除|摒弃|整治|纠治|纠正|切忌|切实减轻|为基层减负|不搞|不能|不要|决不|绝不)"
)
_OTHERS = re.compile(
    r"(?:一些|有些|有的|个别|少数|部分|某些|不少|许多|往往|动辄|热衷|习惯于|屡见不鲜|屡禁不止|现象|之风|所谓|名义|沦为|变成了|成了|异化|疲于|苦不堪言|诟病)"
)
_OWN = re.compile(r"(?:我[们局县市区镇乡街处院校司厅委办省州村]|本[局县市区镇乡院校单位级部]|全[局县市区镇乡院校系]|自身)")


def stance_of(function: str, sentence: str, heading: str) -> str:
    """Judge the stance of a finding from the function of its sentence and the words around it.

    Args:
        function: one of ``FUNCTIONS``.
        sentence: normalised text of the sentence.
        heading: normalised text of the nearest heading, ``""`` if none.

    Returns:
        One of ``STANCES``. Quiet before loud: in doubt between ``exhibits`` and another, cues of the other win.
    """
    if function == "PROBLEM":
        if _OWN.search(sentence) and not _OTHERS.search(sentence):
            return "admits"
        own_section = re.search(r"存在(?:的)?(?:主要)?(?:问题|困难|不足)|问题和不足|困难和(?:问题|挑战)", heading)
        return "admits" if own_section else "criticises"
    if function == "PLAN":
        return "pledges"
    if function in ("RESULT", "ACTIVITY") and _REMEDIED.search(sentence):
        return "remedied"
    if _PLEDGED.search(sentence):
        return "pledges"
    if function in ("SLOGAN", "OTHER") and _OTHERS.search(sentence):
        return "criticises"
    return "exhibits"
