"""Screenshots of the review page for the documentation: ``python -m benchmarks.screenshots`` (needs Debian's chromium)."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.service import Server
from formalism_nlp import store

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
LARGEST = 200_000


def show(page: Page, port: int, *, english: bool, top: str) -> None:
    """Review the sample document, select a finding, and scroll to ``top``."""
    page.goto(f"http://127.0.0.1:{port}/{'?lang=en' if english else ''}")
    page.set_input_files("#file", store.data_folder("corpora") / "documents" / "A1-mixed.txt")
    page.click("#go")
    page.wait_for_selector("#list li")
    page.click("#list li:nth-child(4) .go")
    page.evaluate("id => document.getElementById(id).scrollIntoView({behavior: 'instant'})", top)
    page.wait_for_timeout(500)


@click.command()
@click.option("--chromium", default="/usr/bin/chromium", show_default=True)
def main(chromium: str) -> None:
    """Write docs/images/review-desktop.png, review-phone.png and review-english.png, each under 200 kB."""
    FOLDER.mkdir(exist_ok=True)
    server = Server("--workers", "1")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-lcd-text"])
            for name, width, height, english in (
                ("desktop", 1120, 800, False),
                ("english", 1120, 800, True),
                ("phone", 390, 844, False),
            ):
                page = browser.new_page(viewport={"width": width, "height": height})
                show(page, server.port, english=english, top="filters" if name == "phone" else "results")
                path = FOLDER / f"review-{name}.png"
                picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                picture.quantize(128).save(path, optimize=True)
                click.echo(f"{path} {path.stat().st_size} bytes")
                if path.stat().st_size >= LARGEST:
                    sys.exit(f"{path} is too large")
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
