"""Pictures of the page in its states, at three widths, light and dark: ``docs/img/page-<state>-<width>-<scheme>.png``.

    make serve                                                              # in another terminal; prints the address
    .venv/bin/python deploy/checks/screenshots.py --url http://127.0.0.1:8000

Asks some questions as the demo user. Needs Chromium, as the page's tests do.
"""

import argparse
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import page_states

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "img"
WIDTHS = {1280: 800, 768: 1024, 320: 640}  # and the heights that windows of these widths have at least
SCHEMES = ("light", "dark")
COLOURS = 256  # of a picture's palette, the most frequent ones: a third of the size, and nothing looks different
FIRST = "history"  # before the others have asked more


def main() -> None:
    """Take all pictures, or those of some states."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the page (default: %(default)s)")
    parser.add_argument("--states", nargs="+", choices=page_states.STATES, default=list(page_states.STATES))
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where they go (default: docs/img)")
    options = parser.parse_args()
    if not (browser_path := page_states.find_browser()):
        raise SystemExit(page_states.NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path)
        for state in sorted(options.states, key=lambda name: name != FIRST):
            for name, picture in pictures(browser, options.url, state):
                (options.folder / name).write_bytes(picture)
                print(f"{name}: {len(picture) / 1024:.0f} KB")


def pictures(browser: "Browser", url: str, state: str) -> Iterable[tuple[str, bytes]]:
    """Yield the pictures of a state with their names."""
    for number, (width, height) in enumerate(WIDTHS.items()):
        context = browser.new_context(
            base_url=url, viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto("/")
        page.get_by_role("button", name="Sign out").wait_for()
        if state == FIRST and number:  # all that is to be seen was asked for the first picture
            page.get_by_role("tab", name="History").click()
            page.get_by_role("link", name=page_states.QUESTION).first.wait_for()
        else:
            page_states.STATES[state](page)
        # A window as high as the page: in a picture of what lies below, the footer would stand in the middle.
        whole = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": max(height, whole)})
        for scheme in SCHEMES:
            yield f"page-{state}-{width}-{scheme}.png", _shot(page, scheme)
        context.close()


def _shot(page: "Page", scheme: str) -> bytes:
    from PIL import Image

    page.mouse.move(0, 0)  # nothing is pointed at
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate("document.fonts.ready.then(() => { document.activeElement.blur(); scrollTo(0, 0); })")
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    counted = sorted(shot.getcolors(shot.width * shot.height) or [], reverse=True)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in counted[:COLOURS] for part in colour])  # type: ignore[union-attr]
    packed = io.BytesIO()
    shot.quantize(palette=palette, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


if __name__ == "__main__":
    main()
