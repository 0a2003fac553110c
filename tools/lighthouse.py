"""What Lighthouse says of the heaviest pages, as on a phone with a slow network: `make bench-web`, of all: PAGES=all.

Beside the heaviest stand the same pages as Jupyter Book makes them by itself, with its own frame and MathJax.
Lighthouse comes from npm into _build/lighthouse, once (about 180 MB). The pages come from a server on this machine that
compresses, as every host of pages does. Nothing is asserted: a busy machine has worse numbers.
"""

import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import yaml
from build import COMMAND

from descent.formats.chromium import MISSING, chromium

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
FOLDER = ROOT / "_build" / "lighthouse"
STOCK = ROOT / "_build" / "stock"
VERSION = "13.5.0"
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
BINARY = (".png", ".woff2")


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves files compressed, with what browsers want to know about them."""

    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            return self.send_error(404)
        content = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Cache-Control", "max-age=600")
        if path.suffix not in BINARY:
            content = gzip.compress(content, 9)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


def all_pages():
    return sorted(path for path in HTML.rglob("*.html") if "_static" not in path.parts)


def heaviest(number=3):
    """The pages with the most to load: those with the longest HTML, compressed."""
    return sorted(all_pages(), key=lambda path: -len(gzip.compress(path.read_bytes())))[:number]


def installed(environment):
    program = FOLDER / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        print("Installing Lighthouse from npm into _build/lighthouse …", flush=True)
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text("{}")
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", f"lighthouse@{VERSION}"]
        if subprocess.run(command, cwd=FOLDER, env=environment).returncode:
            sys.exit("Lighthouse could not be installed: is the network there?")
    return program


def stock():
    """Build the book as Jupyter Book does by itself. Of ours are only the directives that hold content."""
    shutil.rmtree(STOCK, ignore_errors=True)
    STOCK.mkdir(parents=True)
    shutil.copytree(ROOT / "chapters", STOCK / "chapters", ignore=shutil.ignore_patterns("*.md"))
    shutil.copytree(ROOT / "images", STOCK / "images")
    for path in [*ROOT.glob("*.md"), ROOT / "references.bib", ROOT / "_toc.yml"]:
        shutil.copy(path, STOCK)
    ours = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config = {
        key: ours[key] for key in ("title", "author", "only_build_toc_files", "execute", "parse", "bibtex_bibfiles")
    }
    extensions = ["sphinx_exercise", *(f"descent.sphinx_ext.{name}" for name in ("claims", "explorer", "tryit"))]
    config["sphinx"] = {"extra_extensions": extensions, "config": {"bibtex_reference_style": "author_year"}}
    (STOCK / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    print("Building the same pages without our frame, into _build/stock …", flush=True)
    run = subprocess.run([*COMMAND, "build", STOCK], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"The stock pages could not be built: {run.stderr.strip()[-500:]}")
    return STOCK / "_build" / "html"


def serve(folder):
    """The address of a server for a folder, which lives as long as this program."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Compressing, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def measure(program, environment, site, page):
    """The numbers of a page, as they stand in the table."""
    command = [program, f"{site}/{page}", "--quiet", "--output=json", f"--chrome-flags={FLAGS}"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{page}: {run.stderr.strip()[-500:]}")
    report = json.loads(run.stdout)
    scores = [report["categories"][key]["score"] * 100 for key in CATEGORIES]
    first, largest, shift = (report["audits"][key]["numericValue"] for key in AUDITS)
    asked = report["audits"]["network-requests"]["details"]["items"]
    asked = [one for one in asked if one["url"].startswith("http")]
    foreign = sum(not one["url"].startswith(site) for one in asked)
    size = sum(one["transferSize"] for one in asked) / 1000
    return (*scores, first / 1000, largest / 1000, shift, len(asked), foreign, size)


def main():
    if not chromium():
        sys.exit(MISSING)
    programs = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    environment = dict(os.environ, PATH=programs, CHROME_PATH=chromium(), NODE_OPTIONS="--use-system-ca")
    program = installed(environment)
    ours = serve(HTML)
    if sys.argv[1:] == ["all"]:
        rows = [(path.stem[:27], ours, path.relative_to(HTML).as_posix()) for path in all_pages()]
    else:
        theirs = serve(stock())
        rows = [("first page", ours, "index.html")]
        for page in (path.relative_to(HTML).as_posix() for path in heaviest()):
            rows += [(Path(page).stem, ours, page), ("    as Jupyter Book makes it", theirs, page)]
    print("\nLighthouse, mobile          perf. access. pract.  SEO  paint largest  shift requests foreign     kB")
    for name, site, page in rows:
        numbers = measure(program, environment, site, page)
        print(f"{name:28}" + LINE.format(*numbers), flush=True)


CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
AUDITS = ["first-contentful-paint", "largest-contentful-paint", "cumulative-layout-shift"]
LINE = "{:4.0f} {:6.0f} {:6.0f} {:5.0f} {:4.1f} s {:5.1f} s {:6.3f} {:8} {:7} {:6.0f}"


if __name__ == "__main__":
    main()
