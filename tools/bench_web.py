"""Measures the explorers in Chromium: sizes, the first picture, and how fast a slider moves it. `make bench-web`.

Chromium slows a page's own thread on request. It leaves workers alone, so that the interpreter and the drawing run at
full speed in the slowed rows too; only what the page itself does is slowed.
"""

import functools
import gzip
import http.server
import json
import sys
import threading
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from descent.formats.chromium import MISSING, OPTIONS, chromium

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
MODULES = HTML / "_static" / "interactive"
PAGE, NAME = "chapters/08_adam.html", "fig-adam-correction"  # two runs of Adam, 200 steps
SLOWED = 4
MOVES = 150
# What begins a script: the slider's event, the worker's answer, a frame. Timers are mostly this measurement's own.
SCRIPTS = {"EventDispatch", "HandlePostMessage", "FireAnimationFrame"}

# Moves the slider some 30 times a second; for each move, the time until the worker has drawn the picture. From there
# it goes to the screen without the page's own thread.
SLIDE = """async ([name, moves]) => {
  const { explorer } = document.querySelector(`.explorer[data-name="${name}"]`);
  const slider = explorer.controls[0].range;
  const { take } = explorer;
  const times = [];
  let drawn;
  explorer.take = (reply) => { drawn(reply.at - performance.timeOrigin); take.call(explorer, reply); };
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
  const folder = new URL(document.querySelector("script[data-modules]").dataset.modules, location);
  const { Python } = await import(new URL("explorer.mjs", folder));
  const begin = performance.now();
  const job = { problem: ["quadratic", {}], rules: [["adam", {}]], steps: 1 };
  await new Python().ask("compute", job);
  return performance.now() - begin;
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def main():
    if not chromium():
        sys.exit(MISSING)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=HTML))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sizes()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{server.server_port}/{PAGE}", wait_until="networkidle")
        ready = [page.evaluate(READY) for _ in range(7)]
        again = np.median(ready[1:])
        print(f"\ninterpreter ready and a first answer    first {ready[0]:.0f} ms, then {again:.0f} ms (limit 150)")
        explorer = page.locator(f'.explorer[data-name="{NAME}"]')
        explorer.scroll_into_view_if_needed()
        page.locator(f'.explorer.alive[data-name="{NAME}"]').wait_for()
        page.wait_for_timeout(500)
        print(f"\nmilliseconds over {MOVES} moves of a slider: two runs of Adam, 200 steps")
        print(f"{'':16}slider to picture          a script of ours    a task of the page's thread,")
        print(f"{'':16}median    95 %     max         95 %    max      layout and paint included: 95 %")
        session = page.context.new_cdp_session(page)
        for rate in (SLOWED, 1):
            session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
            page.evaluate(SLIDE, [NAME, 10])
            times = np.percentile(page.evaluate(SLIDE, [NAME, MOVES]), [50, 95, 100])
            browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
            page.evaluate(SLIDE, [NAME, MOVES])
            trace = json.loads(browser.stop_tracing())
            scripts, tasks = held(trace, SCRIPTS), held(trace, {"ThreadControllerImpl::RunTask"})
            print(
                f"{f'slowed {rate} times' if rate > 1 else 'at full speed':15}"
                + "".join(f"{time:7.1f} " for time in times)
                + f"    {np.percentile(scripts, 95):8.1f} {max(scripts):6.1f}      {np.percentile(tasks, 95):6.1f}"
            )
        print("limits, slowed 4 times    33                               8")
        browser.close()


def sizes():
    """What a page with an explorer loads, compressed."""
    print("compressed size (kB)")
    code = ["explorer.mjs", "worker.mjs"]
    for name in [
        *code,
        "page.mjs",
        "tryit.mjs",
        "../site/site.css",
        "editor.mjs",
        "micropython.mjs",
        "micropython.wasm",
    ]:
        print(f"  {Path(name).name:18} {size(name) / 1000:7.1f}")
    print(f"  explorer code      {sum(map(size, code)) / 1000:7.1f}   ({' + '.join(code)}; limit 20)")


def size(name):
    return len(gzip.compress((MODULES / name).read_bytes(), 9))


def held(trace, names):
    """How long (ms) each event of these names held the page's own thread."""
    events = trace["traceEvents"]
    threads = [e for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"]
    threads = {(e["pid"], e["tid"]) for e in threads}
    return [e["dur"] / 1000 for e in events if e["name"] in names and (e["pid"], e["tid"]) in threads and "dur" in e]


if __name__ == "__main__":
    main()
