"""A browser, the built book on a local server, and pages that may not complain.

Playwright drives a Chromium that is on the machine. Where there is none, these tests are skipped.
"""

import functools
import http.server
import json
import threading
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

from descent.formats.chromium import MISSING, OPTIONS, chromium

HTML = Path(__file__).parents[2] / "_build" / "html"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def found(kind):
    """(page, name, data) of every explorer or tryit of the built book; data is what the page holds for its script."""
    for path in sorted(HTML.rglob("*.html")):
        if "_static" in path.parts or path.name == "index.html":  # which is the first page again
            continue
        if f'class="{kind}"' not in (text := path.read_text(encoding="utf-8")):
            continue
        for element in BeautifulSoup(text, "lxml").select(f"div.{kind}"):
            data = json.loads(element.select_one("script").string)
            yield path.relative_to(HTML).as_posix(), element["data-name"], data


EXPLORERS = list(found("explorer"))
TRYITS = [(page, name) for page, name, _ in found("tryit")]


def pytest_generate_tests(metafunc):
    """A test that takes `where` runs for every explorer, one that takes `place` for every tryit."""
    if "where" in metafunc.fixturenames:
        metafunc.parametrize("where", EXPLORERS, ids=[name for _, name, _ in EXPLORERS])
    if "place" in metafunc.fixturenames:
        metafunc.parametrize("place", TRYITS, ids=[name for _, name in TRYITS])


@pytest.fixture(scope="session")
def explorers():
    """(page, name, settings) of every explorer."""
    return EXPLORERS


@pytest.fixture(scope="session")
def tryits():
    """(page, name) of every tryit."""
    return TRYITS


@pytest.fixture(scope="session")
def site():
    if not (HTML / "index.html").exists():
        pytest.fail("the book is not built: run `make book` first")
    server = Server(("127.0.0.1", 0), functools.partial(Quiet, directory=HTML))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    if not chromium():
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contexts(browser):
    """A function that gives the browser context of some options, the same each time: its cache is warm."""
    made = {}

    def context(**options):
        key = json.dumps(options, sort_keys=True)
        if key not in made:
            made[key] = browser.new_context(**options)
        return made[key]

    return context


@pytest.fixture
def visit(contexts, site):
    """A function that opens a page of the book; at the end, what the pages complained of fails the test."""
    pages, complaints = [], []

    def open_page(path, width=1280, height=900, **options):
        page = contexts(viewport={"width": width, "height": height}, **options).new_page()
        pages.append(page)
        page.set_default_timeout(45_000)
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: foreign(request.url) and complaints.append(f"asks for {request.url}"))
        page.on("response", lambda answer: answer.status >= 400 and complaints.append(f"{answer.status} {answer.url}"))
        page.goto(f"{site}/{path}", wait_until="domcontentloaded")
        return page

    def foreign(url):
        return not url.startswith((site, "data:", "blob:"))

    yield open_page
    for page in pages:
        page.evaluate("localStorage.clear()")  # of what the next test must not find
        page.close()
    assert not complaints, complaints
