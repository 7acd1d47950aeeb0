# SPDX-License-Identifier: MIT
"""
The built documentation in a browser, opened from its files: every page renders without a complaint of the browser's and fits
a phone, the search finds what it should, light and dark are both there. Screenshots are in build/test/site/. `make docs` must have run: `make test-docs` and `make test` do it.
"""
import os
import pathlib
import subprocess
import sys
import urllib.parse

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "abi" / "generate"))

import spec as spec_module  # noqa: E402

BUILD = TOP / os.environ.get("BUILD", "build")
HTML = BUILD / "docs" / "html"
SHOTS = BUILD / "test" / "site"
PAGES = sorted(str(path.relative_to(HTML)) for path in HTML.rglob("*.html"))
DESKTOP, PHONE = (1280, 900), (390, 844)


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options)
    SHOTS.mkdir(parents=True, exist_ok=True)
    yield driver
    driver.quit()


def size(browser, width, height):
    """The size of the page, not of the window, which has a least width."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})


def show(browser, page, fragment=""):
    if fragment:    # else a browser that is there already only scrolls
        browser.get("about:blank")
    browser.get((HTML / page.split("?")[0]).as_uri() + page[len(page.split("?")[0]):] + fragment)


def complaints(browser):
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def shot(browser, name):
    browser.save_screenshot(str(SHOTS / f"{name}.png"))


def test_there_are_pages():
    assert "index.html" in PAGES and "hypercalls/mmu_update.html" in PAGES and len(PAGES) > 100


def test_every_record_has_its_place():
    """A page for each call, an anchor for each sub-operation and each row, as the console prints it."""
    loaded = spec_module.load(TOP / "abi" / "spec")
    pages = {page: (HTML / page).read_text() for page in PAGES if page.startswith("hypercalls/")}
    names = {row.id for row in loaded.rows} | {op.constant for call in loaded.calls for op in call.ops}
    everything = "".join(pages.values())
    assert not [call.name for call in loaded.calls if f"hypercalls/{call.name}.html" not in pages]
    assert not sorted(name for name in names if f'id="{name}"' not in everything)


def test_what_is_installed(tmp_path):
    subprocess.run(["make", "-s", "install-headers", "install-docs", f"DESTDIR={tmp_path}", "PREFIX=/usr"], cwd=TOP, check=True)
    share = tmp_path / "usr" / "share"
    for file in ("man/man2/mmu_update.2", "man/man7/paravane.7", "man/man7/paravane-guide.7", "doc/paravane/html/index.html",
                 "doc/paravane/html/_static/searchtools.js", "pkgconfig/paravane-abi.pc", "../include/xen/xen.h"):
        assert (share / file).stat().st_size > 100
    shown = subprocess.run(["mandoc", "-T", "ascii", str(share / "man/man2/mmu_update.2")], text=True, capture_output=True, check=True)
    assert "ESRCH" in shown.stdout


def test_every_page_renders_and_fits_a_phone(browser):
    size(browser, *PHONE)
    wrong = []
    for page in PAGES:
        show(browser, page)
        if page not in ("genindex.html", "search.html"):
            heading = browser.find_elements(By.CSS_SELECTOR, "article h1")
            if not heading or not heading[0].is_displayed() or not heading[0].text:
                wrong.append(f"{page}: no heading")
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        if wide > PHONE[0]:
            wrong.append(f"{page}: {wide} pixels wide")
        wrong += [f"{page}: {text}" for text in complaints(browser)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name, page, fragment", [
    ("front", "index.html", ""), ("call", "hypercalls/mmu_update.html", ""),
    ("row", "hypercalls/rows-page_table.html", "#page_table.ebusy.writable_page_table"),
    ("structure", "reference/shared-info.html", ""), ("diagrams", "architecture.html", "#two-journeys"),
    ("guide", "guide/index.html", ""), ("example", "examples/hello.html", "")])
def test_light_dark_and_phone(browser, name, page, fragment):
    paper = {}
    for theme in ("light", "dark"):
        size(browser, *DESKTOP)
        show(browser, page)
        browser.execute_script("localStorage.setItem('theme', arguments[0])", theme)
        show(browser, page, fragment)
        assert browser.find_element(By.TAG_NAME, "body").get_attribute("data-theme") == theme
        style = "return getComputedStyle(document.body)"
        paper[theme] = [browser.execute_script(f"{style}.{what}") for what in ("backgroundColor", "color")]
        shot(browser, f"{name}-{theme}")
        size(browser, *PHONE)
        shot(browser, f"{name}-{theme}-phone")
    brightness = {theme: [sum(map(int, colour[colour.index("(") + 1:-1].split(",")[:3])) for colour in colours]
                  for theme, colours in paper.items()}
    assert brightness["light"][0] - brightness["light"][1] > 400, "dark ink on light paper"
    assert brightness["dark"][1] - brightness["dark"][0] > 300, "light ink on dark paper"


def test_the_theme_can_be_switched(browser):
    size(browser, *DESKTOP)
    show(browser, "index.html")
    before = browser.find_element(By.TAG_NAME, "body").get_attribute("data-theme")
    button = next(b for b in browser.find_elements(By.CSS_SELECTOR, "button.theme-toggle") if b.is_displayed())
    button.click()
    assert browser.find_element(By.TAG_NAME, "body").get_attribute("data-theme") != before


def results(browser, query):
    show(browser, "search.html?" + urllib.parse.urlencode({"q": query}))
    WebDriverWait(browser, 15).until(lambda b: "finished" in b.find_element(By.ID, "search-results").text)
    return [link.get_attribute("href").split("/html/")[1] for link in
            browser.find_elements(By.CSS_SELECTOR, "#search-results li a")]


@pytest.mark.parametrize("query, page", [
    ("mmu_update", "hypercalls/mmu_update.html"), ("start_info", "reference/start-info.html"),
    ("page_table.ebusy.writable_page_table", "hypercalls/rows-page_table.html"),
    ("XENFEAT_gnttab_map_avail_bits", "reference/elf-notes.html"), ("XEN_DOMCTL_getdomaininfo", "hypercalls/domctl.html"),
    ("EVTCHNOP_send", "hypercalls/event_channel_op.html"), ("bounce frame", "reference/traps.html")])
def test_the_search_finds(browser, query, page):
    size(browser, *DESKTOP)
    found = results(browser, query)
    shot(browser, "search")
    assert any(link.split("#")[0].split("?")[0] == page for link in found[:10]), found[:10]
    assert not complaints(browser)


def test_typing_into_the_search_field(browser):
    size(browser, *DESKTOP)
    show(browser, "index.html")
    field = browser.find_element(By.CSS_SELECTOR, "input.sidebar-search")
    field.send_keys("mmu_update\n")
    WebDriverWait(browser, 15).until(lambda b: "finished" in b.find_element(By.ID, "search-results").text)
    assert "hypercalls/mmu_update.html" in browser.page_source


def test_a_row_named_on_the_console_is_an_anchor(browser):
    size(browser, *DESKTOP)
    name = "page_table.ebusy.writable_page_table"
    show(browser, "hypercalls/rows-page_table.html", f"#{name}")
    top = "return document.getElementById(arguments[0]).getBoundingClientRect().top"
    WebDriverWait(browser, 5).until(lambda b: -1 <= b.execute_script(top, name) < DESKTOP[1])


def test_the_footer_has_the_version(browser):
    show(browser, "index.html")
    version = (TOP / "docs" / "site" / "version").read_text().strip()
    assert f"Paravane {version}" in browser.find_element(By.TAG_NAME, "footer").text
