"""The review page in a real browser (Debian's chromium): what a reviewer does, and what an attacker tries."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from serving import Service

import formalism_nlp as fn
from formalism_nlp.values.taxonomy import FORMS

playwright_api = pytest.importorskip("playwright.sync_api")
Page = playwright_api.Page
ASSETS = Path(fn.__file__).parent / "apps" / "service" / "assets"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ATTACKS = [
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "\"'><svg/onload=window.hit=1>",
    "</textarea></script><script>window.hit=1</script>",
    "<!--<iframe srcdoc='<script>parent.hit=1</script>'>-->",
    "javascript:window.hit=1",
    "&lt;b&gt;&#60;img src=x onerror=window.hit=1&#62;",
    "{{7*7}}${window.hit=1}`",
    "<style>*{display:none}</style>",
    "<a href='javascript:window.hit=1'>高度重视</a>",
]
DOCUMENT = "一、工作情况\n县召开推进会12次，建立台账36本，印发方案4份。\n各单位要高度重视、狠抓落实。\n全年办结群众事项312件，平均用时由9天降到4天。\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("page"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with playwright_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Any, service: Service) -> Iterator[Any]:
    """A page that fails its test when the browser complains, or asks anybody but the service."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("dialog", lambda dialog: problems.append(f"dialog {dialog.message}"))
    opened.on("request", lambda asked: None if asked.url.startswith((service.url, "blob:")) else problems.append(asked.url))
    opened.goto(service.url)
    yield opened
    context.close()
    assert problems == []


def review(page: Any, text: str, *, words: bool = True) -> None:
    """Paste a text and review it, with all findings or only those a reader needs first."""
    page.evaluate("words => { document.getElementById('words').checked = words }", words)  # it is shown only with a report
    page.fill("#text", text)
    page.click("#go")
    page.wait_for_selector("#list li, #status.error")
    assert page.locator("#status.error").count() == 0, page.inner_text("#status")


def quotes(page: Any) -> list[str]:
    return page.locator("#list q").all_text_contents()  # type: ignore[no-any-return]


def test_the_script_is_small_and_makes_no_markup() -> None:
    script = (ASSETS / "review.js").read_text(encoding="utf-8")
    assert len(script.encode()) < 10_000
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setAttribute\(.on|https?://"
    assert not re.search(forbidden, script)
    page = (ASSETS / "review.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|\son\w+=|style=|<script>", page)


def test_paste_shows_text_findings_and_gauges(page: Any, sample_text: str) -> None:
    review(page, sample_text)
    report = fn.score(sample_text)
    assert page.text_content("#document") == sample_text
    assert page.locator(".gauge").count() == 4
    advice = page.locator("#advice li").all_text_contents()
    assert len(advice) == len(report.official_rules)
    for shown, rule in zip(advice, report.official_rules, strict=True):
        assert rule.message in shown and rule.clause in shown and rule.source in shown
    assert "95% 区间" in page.inner_text("#gauges")
    assert quotes(page) == [f.text for f in report.findings]
    first = page.locator("#list li").first.inner_text()
    assert report.findings[0].reason in first and report.findings[0].rule in first
    marked = page.locator("#document mark").all_text_contents()
    assert marked and all(piece in sample_text for piece in marked)


def test_offsets_are_right_beyond_the_basic_plane(page: Any) -> None:
    text = "𠀀𠀁𝄞" * 3 + DOCUMENT + "😀" + DOCUMENT
    review(page, text)
    assert page.text_content("#document") == text
    for i, finding in enumerate(fn.score(text).findings):
        pieces = page.evaluate(
            "i => [...document.querySelectorAll('mark')].filter(m => m.dataset.over.split(' ').includes(String(i))).map(m => m.textContent)",
            i,
        )
        assert "".join(pieces) == finding.text


def test_drop_a_word_file_then_export_it_three_ways(page: Any) -> None:
    document = docx.Document()
    for line in DOCUMENT.splitlines():
        document.add_paragraph(line)
    stream = io.BytesIO()
    document.save(stream)
    drop = """([bytes, name]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name));
        document.getElementById('form').dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));
    }"""
    page.evaluate("document.getElementById('words').checked = true")
    page.evaluate(drop, [list(stream.getvalue()), "报告.docx"])
    page.wait_for_selector("#list li")
    assert "报告.docx" in page.inner_text("#meta")
    before = quotes(page)
    page.locator("#list .no").first.click()
    kept = quotes(page)
    assert kept == before[1:]
    formats = ["html", "json"]
    try:
        import formalism_nlp.views.word_comments  # noqa: F401

        formats.append("docx")
    except ImportError:
        pass
    for kind in formats:
        with page.expect_download() as waiting:
            page.click(f".export[data-format={kind}]")
        assert waiting.value.suggested_filename == f"报告-reviewed.{kind}"
        data = Path(waiting.value.path()).read_bytes()
        if kind == "json":
            assert [finding["text"] for finding in json.loads(data)["findings"]] == kept
        elif kind == "html":
            assert "建立台账" in data.decode() and b"<script" not in data
        else:
            assert "word/comments.xml" in zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_words_are_shown_when_asked_for(page: Any, sample_text: str) -> None:
    review(page, sample_text, words=False)
    findings = fn.score(sample_text).findings
    first = [f.text for f in findings if f.signal in ("model", "official") or (f.form in FORMS and f.stance == "exhibits")]
    assert quotes(page) == first
    page.check("#words")
    assert quotes(page) == [f.text for f in findings] != first


def test_filters_dismiss_and_restore(page: Any, sample_text: str) -> None:
    review(page, sample_text)
    everything = quotes(page)
    boxes = page.locator("#kinds label:not([hidden]) input")
    for box in boxes.all()[1:]:
        box.uncheck()
    shown = int(boxes.first.locator("xpath=..").locator("b").inner_text())
    assert len(quotes(page)) == shown < len(everything)
    assert page.text_content("#document") == sample_text
    for box in boxes.all()[1:]:
        box.check()
    page.select_option("#stance", "admits")
    stances = [f for f in fn.score(sample_text).findings if f.stance == "admits"]
    assert quotes(page) == [f.text for f in stances]
    page.select_option("#stance", "")
    page.locator("#list .no").first.click()
    assert len(quotes(page)) == len(everything) - 1
    assert "已忽略 1 条" in page.inner_text("#count")
    page.click("#restore")
    assert quotes(page) == everything and page.locator("#restore").is_hidden()


def test_keyboard_alone(page: Any, sample_text: str) -> None:
    page.evaluate("document.getElementById('words').checked = true")
    page.focus("#text")
    page.keyboard.insert_text(sample_text)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "go":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#list li")
    assert page.evaluate("document.activeElement.id") == "results"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "go":
            break
    everything = quotes(page)
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert page.locator("#list li[aria-current=true] q").text_content() == everything[2]
    assert page.evaluate("document.activeElement.querySelector('q').textContent") == everything[2]
    assert page.locator("mark.now").count() >= 1
    page.keyboard.press("Delete")
    assert quotes(page) == everything[:2] + everything[3:]
    page.keyboard.press("End")
    assert page.locator("#list li[aria-current=true] q").text_content() == everything[-1]
    page.keyboard.press("Home")
    # One stop for the finding and one for its button: the list is no trap of a hundred stops.
    stops = page.evaluate("[...document.querySelectorAll('#list button')].filter(b => b.tabIndex === 0).length")
    assert stops == 2


def test_a_long_list_comes_in_pages(page: Any) -> None:
    review(page, DOCUMENT * 60)
    everything = [f.text for f in fn.score(DOCUMENT * 60).findings]
    assert len(everything) > 600
    assert quotes(page) == everything[:300] and page.locator("#back").is_hidden()
    page.click("#more")
    assert quotes(page) == everything[300:600]
    page.keyboard.press("ArrowUp")
    assert quotes(page) == everything[:300]
    page.keyboard.press("End")
    assert quotes(page)[-1] == everything[-1] and page.locator("#more").is_hidden()
    assert page.locator("#list li[aria-current=true] q").text_content() == everything[-1]


def test_a_click_in_the_text_finds_the_finding(page: Any, sample_text: str) -> None:
    review(page, sample_text)
    mark = page.locator("#document mark.t").nth(2)
    over = mark.get_attribute("data-over").split()
    mark.click()
    current = page.evaluate("[...document.querySelectorAll('#list li')].findIndex(li => li.ariaCurrent === 'true')")
    assert str(current) in over


def test_english_switch_keeps_the_results(page: Any, sample_text: str) -> None:
    review(page, sample_text)
    assert "口号密度" in page.inner_text("#gauges") and "slogan density" not in page.inner_text("#gauges")
    page.click(".language:visible")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "slogan density" in page.inner_text("#gauges") and "口号密度" not in page.inner_text("#gauges")
    assert fn.score(sample_text).findings[0].reason_en in page.locator("#list li").first.inner_text()
    page.reload()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.click(".language:visible")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


def test_errors_are_told(browser: Any, service: Service) -> None:
    page = browser.new_page()
    page.goto(service.url)
    page.click("#go")
    page.wait_for_selector("#status.error")
    assert "F101" in page.inner_text("#status")
    page.set_input_files("#file", {"name": "a.docx", "mimeType": "", "buffer": b"PK\x03\x04" + bytes(60)})
    page.click("#go")
    page.wait_for_selector("#status.error:has-text('F108')")
    page.close()


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_never_becomes_markup(page: Any, attack: str) -> None:
    text = f"{attack}\n{DOCUMENT}{attack}各单位要高度重视{attack}。\n"
    name = f"{attack.replace('/', '_')}.txt"
    page.set_input_files("#file", {"name": name, "mimeType": "text/plain", "buffer": text.encode()})
    page.click("#go")
    page.wait_for_selector("#list li, #status.error")
    inside = page.evaluate("[...document.querySelectorAll('#results *')].map(e => e.localName)")
    allowed = {"h2", "h3", "p", "span", "div", "b", "i", "u", "fieldset", "legend", "label", "input", "select", "option", "button", "section", "mark", "ol", "ul", "li", "q", "details", "summary"}  # fmt: skip
    assert set(inside) <= allowed
    assert page.evaluate("window.hit === undefined")
    assert page.evaluate("document.scripts.length") == 2
    if page.locator("#status.error").count() == 0:
        assert attack in page.text_content("#document")


def test_the_policy_of_the_page_forbids_what_the_script_never_does(browser: Any, service: Service) -> None:
    page = browser.new_page()
    page.goto(service.url)
    policy = service.client.get("/").headers["content-security-policy"]
    assert "unsafe" not in policy and "script-src 'self'" in policy
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return false } catch (e) { return e instanceof TypeError } }"
    )
    assert refused
    page.close()


@pytest.mark.parametrize(("width", "language"), [(1280, "zh"), (1280, "en"), (390, "zh")])
def test_accessible_by_the_rules_of_wcag_aa(browser: Any, service: Service, sample_text: str, width: int, language: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    # The policy of the page lets no foreign script in, not even axe's.
    context = browser.new_context(viewport={"width": width, "height": 844}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{service.url}/?lang={language}")
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    empty = axe.Axe().run(page, options=options)
    assert empty.violations_count == 0, empty.generate_report()
    review(page, sample_text)
    page.locator("#list .no").first.click()
    full = axe.Axe().run(page, options=options)
    assert full.violations_count == 0, full.generate_report()
    context.close()


def test_readable_on_a_phone(browser: Any, service: Service, sample_text: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(service.url)
    review(page, sample_text + "\n" + "长" * 400 + "https://example.com/" + "a" * 300)
    wide = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 361).map(e => e.outerHTML.slice(0, 80))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, wide
    small = page.evaluate("[...document.querySelectorAll('button')].filter(b => b.offsetHeight && b.offsetHeight < 24).length")
    assert small == 0
    page.close()


def test_without_script_the_form_still_answers(browser: Any, service: Service) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(service.url)
    page.fill("#text", DOCUMENT + ATTACKS[0])
    page.click("#go")
    page.wait_for_selector(".gauge")
    assert ATTACKS[0] in page.inner_text(".text") and "建立台账36本" in page.inner_text(".text")
    context.close()


def test_a_token_is_asked_for(browser: Any, tmp_path: Path) -> None:
    running = Service(tmp_path, token="open sesame")  # noqa: S106
    try:
        page = browser.new_page()
        page.goto(running.url)
        page.fill("#text", DOCUMENT)
        page.click("#go")
        page.wait_for_selector("#status.error")
        assert "F505" in page.inner_text("#status")
        page.fill("#token", "open sesame")
        page.click("#go")
        page.wait_for_selector("#list li")
        page.close()
    finally:
        running.stop()
