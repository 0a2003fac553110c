"""The Chromium or Chrome that is on the machine."""

import os
import shutil

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
NAMES += ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
OPTIONS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--disable-component-update"]
OPTIONS += ["--disable-background-networking"] + ["--no-sandbox"] * (hasattr(os, "geteuid") and os.geteuid() == 0)
MISSING = "There is no Chromium on this machine: install one (Debian: apt install chromium), or name it with CHROMIUM=…"


def chromium():
    """Where it is, or None. The environment's CHROMIUM goes first."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
