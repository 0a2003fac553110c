"""What Lighthouse says of the heaviest pages, as on a phone with a slow network: `make bench-web`.

Lighthouse comes from npm into _build/lighthouse, once (about 180 MB). The pages come from a server on this machine
that compresses, as every host of pages does. Nothing is asserted: a busy machine has worse numbers.
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

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
FOLDER = ROOT / "_build" / "lighthouse"
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


def heaviest(number=3):
    """The pages with the most to load: those with the longest HTML, compressed."""
    pages = [path for path in HTML.rglob("*.html") if "_static" not in path.parts]
    return sorted(pages, key=lambda path: -len(gzip.compress(path.read_bytes())))[:number]


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


def main():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("There is no Chromium on this machine: install one (Debian: apt install chromium), or set CHROMIUM.")
    programs = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    environment = dict(os.environ, PATH=programs, CHROME_PATH=chromium, NODE_OPTIONS="--use-system-ca")
    program = installed(environment)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Compressing, directory=HTML))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("Lighthouse, mobile               perf.  access.  pract.  SEO   paint  largest  shift  requests      kB")
    for page in [HTML / "index.html", *heaviest()]:
        name = page.relative_to(HTML).as_posix()
        command = [program, f"http://127.0.0.1:{server.server_port}/{name}", "--quiet", "--output=json"]
        run = subprocess.run([*command, f"--chrome-flags={FLAGS}"], env=environment, capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{name}: {run.stderr.strip()[-500:]}")
        report = json.loads(run.stdout)
        scores = [report["categories"][key]["score"] * 100 for key in CATEGORIES]
        first, largest, shift = (report["audits"][key]["numericValue"] for key in AUDITS)
        asked = report["audits"]["network-requests"]["details"]["items"]
        asked = [one for one in asked if one["url"].startswith("http")]
        size = sum(one["transferSize"] for one in asked) / 1000
        print(
            f"{name.removesuffix('.html'):32}"
            + "".join(f"{score:6.0f}  " for score in scores)
            + f"{first / 1000:5.1f} s {largest / 1000:6.1f} s {shift:6.3f} {len(asked):7} {size:9.0f}",
            flush=True,
        )


CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
AUDITS = ["first-contentful-paint", "largest-contentful-paint", "cumulative-layout-shift"]


if __name__ == "__main__":
    main()
