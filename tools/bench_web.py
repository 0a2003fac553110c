"""Measures the explorers in Chromium: sizes, the first picture, and how fast a slider moves it. `make bench-web`.

Chromium slows a page's own thread on request; it leaves workers alone, so the interpreter runs at full speed in the
slowed rows. The last row therefore slows nothing and tells how long the interpreter itself takes.
"""

import functools
import gzip
import http.server
import json
import os
import shutil
import sys
import threading
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
MODULES = HTML / "_static" / "interactive"
PAGE, NAME = "chapters/08_adam.html", "fig-adam-correction"  # two runs of Adam, 200 steps
SLOWED = 4
MOVES = 150

# Moves the slider some 30 times a second; for each move, the time until the worker says that it has drawn the picture.
SLIDE = """async ([name, moves]) => {
  const { explorer } = document.querySelector(`.explorer[data-name="${name}"]`);
  const slider = explorer.controls[0].range;
  const { take } = explorer;
  const times = [];
  let drawn;
  explorer.take = (reply) => { drawn(performance.now()); take.call(explorer, reply); };
  for (let k = 0; k < moves; k++) {
    slider.value = 0.5 + 0.4 * Math.sin(k / 9) + 0.01 * Math.random();
    const end = new Promise((done) => (drawn = done));
    const begin = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    times.push((await end) - begin);
    await new Promise((done) => setTimeout(done, 20 + 20 * Math.random()));
  }
  explorer.take = take;
  return times;
}"""

READY = """async () => {
  const url = new URL("_static/interactive/explorer.mjs", document.baseURI);
  const { Python } = await import(url);
  const begin = performance.now();
  const job = { problem: ["quadratic", {}], rules: [["adam", {}]], steps: 1 };
  await new Python().ask("compute", job);
  return performance.now() - begin;
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def main():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("There is no Chromium on this machine: install one (Debian: apt install chromium), or set CHROMIUM.")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=HTML))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    sizes()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-gpu", *root])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{server.server_port}/{PAGE}", wait_until="networkidle")
        ready = [page.evaluate(READY) for _ in range(7)]
        again = np.median(ready[1:])
        print(f"\ninterpreter ready and a first answer    first {ready[0]:.0f} ms, then {again:.0f} ms (limit 150)")
        explorer = page.locator(f'.explorer[data-name="{NAME}"]')
        explorer.scroll_into_view_if_needed()
        page.locator(f'.explorer.alive[data-name="{NAME}"]').wait_for()
        page.wait_for_timeout(500)
        print(f"\nslider to picture, two runs of Adam, 200 steps, {MOVES} moves (ms)")
        print("                         median   95 %    max   page's thread held: 95 %    max")
        session = page.context.new_cdp_session(page)
        for rate in (SLOWED, 1):
            session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
            page.evaluate(SLIDE, [NAME, 10])
            browser.start_tracing(
                page=page, categories=["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]
            )
            measured = page.evaluate(SLIDE, [NAME, MOVES])
            tasks = held(json.loads(browser.stop_tracing()))
            times = np.percentile(measured, [50, 95, 100])
            name = f"slowed {rate} times" if rate > 1 else "at full speed"
            print(
                f"{name:24} {times[0]:6.1f} {times[1]:6.1f} {times[2]:6.1f}"
                f"   {np.percentile(tasks, 95):24.1f} {max(tasks):6.1f}"
            )
        print("limits, slowed 4 times          33                                        8")
        browser.close()


def sizes():
    """What a page with an explorer loads, compressed."""
    print("compressed size (kB)")
    code = ["start.mjs", "explorer.mjs", "worker.mjs"]
    for name in [*code, "tryit.mjs", "interactive.css", "editor.mjs", "micropython.mjs", "micropython.wasm"]:
        print(f"  {name:18} {size(name) / 1000:7.1f}")
    print(f"  explorer code      {sum(map(size, code)) / 1000:7.1f}   ({' + '.join(code)}; limit 20)")


def size(name):
    return len(gzip.compress((MODULES / name).read_bytes(), 9))


def held(trace):
    """How long (ms) each task held the page's own thread."""
    events = trace["traceEvents"]
    threads = {
        (e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    tasks = [e for e in events if e["name"] == "RunTask" and (e["pid"], e["tid"]) in threads]
    return [e["dur"] / 1000 for e in tasks if "dur" in e]


if __name__ == "__main__":
    main()
