"""Quality and cost of ``find_reuse`` on passages we planted ourselves: ``python -m benchmarks.reuse``.

Into own documents (and, when ``../shared`` is there, into provincial reports) passages of other documents are planted, letter for
letter or paraphrased (words replaced, dropped, added, clauses swapped), so that every copied character is known. What the texts
share by themselves counts as a false positive, so precision is a lower bound: the column ``false`` is the share of the characters not
planted that was flagged, ``before`` the same in the same texts before anything was planted. Then the cost on 100 to 10,000 made documents.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from formalism_nlp import store
from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.corpora.grams import make_stream
from formalism_nlp.corpora.near import BANDS, ROWS, near_pairs
from formalism_nlp.corpora.reuse import find_reuse

# Pairs a writer would swap without changing what is said; applied in both directions.
SYNONYMS = (
    ("加强", "强化"), ("推进", "推动"), ("开展", "组织开展"), ("完成", "如期完成"), ("工作", "各项工作"), ("问题", "突出问题"),
    ("提高", "提升"), ("建立", "建立健全"), ("群众", "广大群众"), ("全县", "全域"), ("进行", "予以"), ("落实", "抓好落实"),
    ("项目", "工程"), ("检查", "督查"), ("全年", "一年来"), ("会议", "专题会议"), ("投入", "先后投入"), ("增长", "同比增长"),
    ("实现", "基本实现"), ("超过", "逾"), ("以及", "和"), ("企业", "市场主体"), ("解决", "妥善解决"), ("组织", "牵头组织"),
)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A plant in ``target``: raw span there, and whether it was paraphrased."""

    target: str
    start: int
    end: int
    kind: str


def own_documents() -> dict[str, str]:
    """One text of each own unit: matched sets are versions of one another and would share by design."""
    folder = store.data_folder("corpora") / "documents"
    names = sorted(p for p in folder.glob("*.txt") if not p.stem.endswith(("-mixed", "-slogan", "-trace")))
    return {path.stem: path.read_text(encoding="utf-8") for path in names}


def public_documents() -> dict[str, str]:
    """The first 2,500 characters of the provincial reports of one year, when they are here."""
    shared = store.shared_corpora()
    if shared is None:
        return {}
    return {p.stem: p.read_text(encoding="utf-8")[:2500] for p in sorted((shared / "public").glob("P26-*.txt"))}


def paraphrase(sentence: str, chance: random.Random, strength: float) -> str:
    """Swap clauses, replace words, drop and add characters; ``strength`` is the rate of each."""
    clauses = sentence.rstrip("。；").split("，")
    if len(clauses) > 2 and chance.random() < strength:
        i = chance.randrange(len(clauses) - 2)
        clauses[i], clauses[i + 1] = clauses[i + 1], clauses[i]
    out = "，".join(clauses)
    for left, right in SYNONYMS:
        if chance.random() < 3 * strength:
            out = out.replace(left, right) if left in out else out.replace(right, left)
    kept = [c for c in out if c == "，" or chance.random() > strength / 3]
    return "".join(kept) + "。"


def plant(texts: Mapping[str, str], chance: random.Random, strength: float) -> tuple[dict[str, str], list[Planted]]:
    """Put two passages of earlier documents into each document of the later half; copied when strength is 0."""
    names = list(texts)
    half = len(names) // 2
    donors, out, planted = names[:half], dict(texts), []
    for name in names[half:]:
        text = texts[name]
        for _ in range(2):
            donor = texts[chance.choice(donors)]
            spans = [s for s in split_sentences(donor) if 20 <= len(donor[s.start : s.end].strip()) <= 120]
            first = chance.randrange(len(spans))
            for span in spans[first : first + chance.randint(1, 3)]:
                piece = donor[span.start : span.end].strip()
                if strength:
                    piece = paraphrase(piece, chance, strength)
                ends = [s.end for s in split_sentences(text)]
                at = chance.choice(ends)
                text = text[:at] + piece + text[at:]
                planted = [_moved(p, name, at, len(piece)) for p in planted]
                planted.append(Planted(name, at, at + len(piece), "near" if strength else "exact"))
        out[name] = text
    return out, planted


def _moved(plant: Planted, name: str, at: int, size: int) -> Planted:
    if plant.target != name or plant.end <= at:
        return plant
    if plant.start >= at:
        return Planted(name, plant.start + size, plant.end + size, plant.kind)
    return Planted(name, plant.start, plant.end + size, plant.kind)


def judge(texts: Mapping[str, str], planted: list[Planted]) -> tuple[float, float, float, float]:
    """Recall of plants (half of their characters found); recall, precision and false rate in counted characters of the later half."""
    report = find_reuse(texts)
    stream = make_stream(texts)
    at = {name: i for i, name in enumerate(stream.names)}
    truth, said = (np.zeros(len(stream.codes), dtype=bool) for _ in range(2))

    def positions(name: str, start: int, end: int) -> slice:
        low, high = stream.starts[at[name]], stream.starts[at[name] + 1]
        a, b = np.searchsorted(stream.offsets[low:high], [start, end])
        return slice(int(low + a), int(low + b))

    for p in planted:
        truth[positions(p.target, p.start, p.end)] = True
    for match in report.matches:
        said[positions(match.target, match.start, match.end)] = True
    later = stream.document >= len(texts) // 2
    found = [said[positions(p.target, p.start, p.end)].mean() >= 0.5 for p in planted] or [False]
    hit = float((truth & said & later).sum())
    false = float((said & ~truth & later).sum()) / float((~truth & later).sum())
    return float(np.mean(found)), hit / max(1.0, float(truth.sum())), hit / max(1.0, float((said & later).sum())), false


def quality() -> None:
    """Print recall and precision for copies and three strengths of paraphrase."""
    print(f"{'texts':<22}{'planted':<18}{'n':>5}{'found':>9}{'recall':>9}{'precision':>11}{'false':>9}{'before':>9}")
    for label, texts in (("own documents", own_documents()), ("provincial reports", public_documents())):
        before = judge(texts, [])[3] if texts else 0.0
        for kind, strength in (("copied", 0.0), ("paraphrased 10 %", 0.1), ("paraphrased 20 %", 0.2), ("paraphrased 30 %", 0.3)):
            rows, plants = [], 0
            for seed in range(5):
                changed, planted = plant(texts, random.Random(seed), strength) if texts else ({}, [])
                if planted:
                    rows.append(judge(changed, planted))
                    plants += len(planted)
            if rows:
                found, recall, precision, false = np.mean(rows, axis=0)
                print(f"{label:<22}{kind:<18}{plants:>5}{found:>9.3f}{recall:>9.3f}{precision:>11.3f}{false:>9.3f}{before:>9.3f}")


def made_documents(count: int) -> dict[str, str]:
    """Documents of sentences drawn from all own documents with numbers changed; a tenth of the sentences are kept as they are."""
    chance = random.Random(7)
    folder = store.data_folder("corpora") / "documents"
    pool = [
        line for path in sorted(folder.glob("*.txt")) for line in path.read_text(encoding="utf-8").split("。") if len(line) > 15
    ]
    alphabet = sorted({c for line in pool for c in line if "\u4e00" <= c <= "\u9fff"})
    out = {}
    for number in range(count):
        lines = []
        for line in chance.choices(pool, k=25):
            if chance.random() > 0.1:  # new wording: every fourth character is another one
                line = "".join(chance.choice(alphabet) if i % 4 == number % 4 else c for i, c in enumerate(line))
            lines.append(line)
        out[f"{number:05d}"] = "。\n".join(lines)
    return out


def cost(sizes: tuple[int, ...]) -> None:
    """Print processor seconds and memory by number of documents."""
    print(f"\n{'documents':>10}{'M chars':>9}{'matches':>10}{'CPU s':>9}{'µs a char':>11}{'peak MB':>9}")
    points = []
    for size in sizes:
        texts = made_documents(size)
        characters = sum(map(len, texts.values()))
        began = time.process_time()
        report = find_reuse(texts)
        seconds = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{size:>10}{characters / 1e6:>9.2f}{len(report.matches):>10}{seconds:>9.2f}{1e6 * seconds / characters:>11.2f}{peak:>9.0f}"
        )
        points.append((np.log(characters), np.log(max(seconds, 1e-3))))
    if len(points) > 1:
        print(f"cost grows as characters^{np.polyfit(*np.array(points[-2:]).T, 1)[0]:.2f} between the last two sizes")


def rival(documents: int) -> None:
    """Near sentences by our arrays and by the package datasketch (pip install datasketch), same bands, rows and sentences."""
    from datasketch import MinHash, MinHashLSH

    texts = made_documents(documents)
    stream = make_stream({str(i): line for i, line in enumerate(dict.fromkeys("\n".join(texts.values()).split("\n")))})
    sentences = [stream.codes[a:b] for a, b in pairwise(stream.starts.tolist()) if b - a >= 12]
    sentences = list({s.tobytes(): s for s in sentences}.values())
    began = time.process_time()
    pairs, _ = near_pairs(sentences, 0.5)
    ours = time.process_time() - began
    began = time.process_time()
    table = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
    found = 0
    for number, sentence in enumerate(sentences):
        text = sentence.tobytes().decode("utf-32-le")
        mark = MinHash(num_perm=BANDS * ROWS)
        mark.update_batch([text[i : i + 2].encode() for i in range(len(text) - 1)])
        found += len(table.query(mark))
        table.insert(number, mark)
    theirs = time.process_time() - began
    print(
        f"\n{len(sentences)} different sentences: near_pairs {ours:.2f} CPU s ({len(pairs)} pairs verified), datasketch {theirs:.2f} CPU s ({found} candidates)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, nargs="*", default=[100, 1000, 10000], help="sizes of the cost table")
    parser.add_argument(
        "--rival", type=int, default=0, metavar="DOCUMENTS", help="only compare with datasketch on so many documents"
    )
    arguments = parser.parse_args()
    if arguments.rival:
        rival(arguments.rival)
    else:
        quality()
        cost(tuple(arguments.documents))
