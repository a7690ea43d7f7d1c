"""Look at a page in a real browser, in both themes, on a wide screen, a phone and paper; print what was seen as JSON.

`look.py PAGE FOLDER` writes a picture of each into the folder. It runs where playwright is installed
(`scripts/tool.py playwright`) with the machine's own Chromium: CHROMIUM, or /usr/bin/chromium.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
WIDTHS = {"wide": 1280, "phone": 390}
COLOURS = """() => {
    const style = (selector) => getComputedStyle(document.querySelector(selector));
    return {
        paper: style('html').backgroundColor, ink: style('html').color, faint: style('.quiet').color,
        wider: document.documentElement.scrollWidth - innerWidth, scripts: document.scripts.length,
        text: document.body.innerText,
    };
}"""


def main() -> None:
    """Look at the page from all sides."""
    page, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    seen: dict[str, Any] = {"asked": [], "said": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *QUIET])
        for theme in ("light", "dark"):
            for name, width in WIDTHS.items():
                context = browser.new_context(
                    color_scheme=theme, viewport={"width": width, "height": 900}, java_script_enabled=True
                )
                sheet = context.new_page()
                sheet.on("request", lambda request: seen["asked"].append(request.url))
                sheet.on("console", lambda message: seen["said"].append(message.text))
                sheet.on("dialog", lambda dialog: (seen["said"].append(dialog.message), dialog.dismiss()))
                sheet.goto(page.as_uri())
                seen[f"{theme} {name}"] = sheet.evaluate(COLOURS)
                sheet.screenshot(path=folder / f"{theme}-{name}.png", full_page=True)
                if theme == "dark" and name == "wide":
                    print_it(sheet, folder)
                context.close()
        browser.close()
    print(json.dumps(seen))


def print_it(sheet: Page, folder: Path) -> None:
    """Print the page as from a dark screen: paper is white all the same."""
    sheet.pdf(path=folder / "paper.pdf", format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "15mm"))


if __name__ == "__main__":
    main()
