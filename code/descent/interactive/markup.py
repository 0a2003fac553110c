"""The HTML of an explorer: all its controls, so that they stand on the page before any script has come.

Without JavaScript, and in print, the style sheet hides them and the figure stays (code/web/interactive.css).
"""

import json
import math
from html import escape

from descent.interactive.settings import source


def controls(config, name):
    """Everything below an explorer's figure.

    Parameters
    ----------
    config : dict
        From `descent.interactive.settings.settings`.
    name : str
        Unique on the page; ids begin with it, and the link that restores the state ends in it.
    """
    data = dict(config, sources={run["rule"]: source(run["rule"]) for run in config["runs"]})
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    most = config["steps"]["most"]
    sliders = [_slider(f"{name}-{n}", slider) for n, slider in enumerate(config["sliders"])]
    steps = {
        "name": "steps",
        "symbol": "t",
        "words": "steps",
        "low": 0,
        "high": most,
        "scale": "",
        "value": config["steps"]["shown"],
        "integer": True,
    }
    return f"""\
<div class="explorer-live">
  <div class="explorer-runs" role="group" aria-label="Rules that are shown">{_runs(config)}</div>
  <div class="explorer-sliders">
    {"".join(sliders)}{_slider(f"{name}-steps", steps)}
  </div>
  <div class="explorer-buttons">
    <button type="button" data-do="play">Play</button>
    <button type="button" data-do="step">Step</button>
    <button type="button" data-do="reset">Reset</button>
    <button type="button" data-do="link">Copy link</button>
    <button type="button" data-do="figure">Figure</button>
    <button type="button" data-do="edit" aria-expanded="false">Edit the rule</button>
    <span class="explorer-said" role="status"></span>
  </div>
  <div class="explorer-editor" hidden>
    <p><label>Rule <select>{_rules(config)}</select></label>
    These lines compute the picture. Change them and press Run.</p>
    <div class="editor-place"></div>
    <div class="explorer-buttons">
      <button type="button" data-do="runEdited">Run</button>
      <button type="button" data-do="bookRule">Restore</button>
    </div>
  </div>
  <p class="explorer-error" role="alert"></p>
  <div class="explorer-readout">{_readout(config)}</div>
  <p class="explorer-spoken" role="status" aria-live="polite"></p>
</div>
<script type="application/json">{text}</script>"""


def swatch(run):
    dash = " ".join(map(str, run["dash"]))
    return (
        f'<svg viewBox="0 0 28 8" width="28" height="8" aria-hidden="true"><path d="M0 4H28" stroke="{run["color"]}"'
        f' stroke-width="2.5" stroke-dasharray="{dash}"/><circle cx="14" cy="4" r="3.2" fill="{run["color"]}"/></svg>'
    )


def _runs(config):
    named = [f"{swatch(run)}{escape(run['label'])}" for run in config["runs"]]
    if len(named) == 1:
        return f"<span>{named[0]}</span>"
    return "".join(f'<label><input type="checkbox" checked value="{n}">{text}</label>' for n, text in enumerate(named))


def _rules(config):
    names = dict.fromkeys(run["rule"] for run in config["runs"])
    return "".join(f"<option>{name}</option>" for name in names)


def _readout(config):
    rows = (f"<p>{swatch(run)}<b>{escape(run['label'])}</b> <output>…</output></p>" for run in config["runs"])
    return "".join(rows)


def _slider(place, slider):
    label = f"{slider['symbol']}, {slider['words']}"
    at, low, high = (slider[key] for key in ("value", "low", "high"))
    if slider["scale"]:
        if slider["scale"] == "log1":
            at, low, high = 1 - at, 1 - low, 1 - high
        at = math.log(at / low) / math.log(high / low)
        bounds = 'min="0" max="1" step="0.005"'
    elif slider["integer"]:
        bounds = f'min="{slider["low"]:g}" max="{slider["high"]:g}" step="1"'
    else:
        bounds = f'min="{slider["low"]:g}" max="{slider["high"]:g}" step="any"'
    dial = '<span class="dial" aria-hidden="true"></span>' if slider["name"] == "problem.angle" else ""
    return f"""\
<div class="control" data-name="{escape(slider["name"])}">
  <label for="{place}">{dial}<i>{slider["symbol"]}</i>, {escape(slider["words"])}</label>
  <input type="range" id="{place}" {bounds} value="{at:g}">
  <input type="text" inputmode="decimal" autocomplete="off" aria-label="{escape(label)}, as a number"
    value="{slider["value"]:g}">
</div>"""
