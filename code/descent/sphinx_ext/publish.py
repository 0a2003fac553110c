"""What a published book has and one on a desk has not: addresses.

The publishing workflow says in the environment where the site will be and which repository and revision it is made
of. Where it says nothing (every local build) nothing on the pages points anywhere.

    DESCENT_SITE        address of the site, such as https://reader.github.io/descent/
    DESCENT_REPOSITORY  owner/name on GitHub
    DESCENT_REVISION    commit, branch or tag
"""

import os
import re
import shutil
from pathlib import Path

CARD = "_static/card.png"


def setup(app):
    # With other addresses all pages are written anew.
    names = "DESCENT_SITE", "DESCENT_REPOSITORY", "DESCENT_REVISION"
    app.add_config_value("addresses", [os.environ.get(name, "") for name in names], "html")
    app.connect("html-page-context", addresses)
    app.connect("html-collect-pages", lambda app: [("404", {"title": "Not found", "sourcename": ""}, "404.html")])
    app.connect("build-finished", for_machines)


def site():
    """The site's address with a slash at its end, or None."""
    address = os.environ.get("DESCENT_SITE", "").strip()
    if not address:
        return None
    if not re.fullmatch(r"https?://[^\s/]+(/[^\s]*)?", address):
        raise ValueError(
            f"DESCENT_SITE should be an address such as https://reader.github.io/descent/, not {address!r}"
        )
    return address.rstrip("/") + "/"


def source():
    """(owner/name, revision) of the repository that the book is published from, or None."""
    repository, revision = (os.environ.get(name, "").strip() for name in ("DESCENT_REPOSITORY", "DESCENT_REVISION"))
    if not repository and not revision:
        return None
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository) or not re.fullmatch(r"[\w./-]+", revision):
        raise ValueError(
            f"DESCENT_REPOSITORY and DESCENT_REVISION should be owner/name and a commit, not "
            f"{repository!r} and {revision!r}"
        )
    return repository, revision


def launches(pagename, sourcename):
    """[(title, address)] of the places where a page's notebook can be run."""
    if not source() or not sourcename.endswith(".ipynb"):
        return []
    repository, revision = source()
    return [
        ("Colab", f"https://colab.research.google.com/github/{repository}/blob/{revision}/{pagename}.ipynb"),
        ("Binder", f"https://mybinder.org/v2/gh/{repository}/{revision}?urlpath=lab/tree/{pagename}.ipynb"),
    ]


def addresses(app, pagename, templatename, context, doctree):
    context["launches"] = launches(pagename, context.get("sourcename") or "")
    context["site_root"] = re.sub(r"^https?://[^/]+", "", site() or "/")
    if site():
        context["pageurl"] = f"{site()}{pagename}.html"
        context["site_card"] = f"{site()}{CARD}"


def for_machines(app, exception):
    """robots.txt, and where the addresses are known a sitemap and the picture that links to the book show."""
    if exception or app.builder.format != "html":
        return
    (Path(app.outdir) / "sitemap.xml").unlink(missing_ok=True)
    lines = ["User-agent: *", "Allow: /"]
    if site():
        lines.append(f"Sitemap: {site()}sitemap.xml")
        pages = "".join(f"<url><loc>{site()}{page}.html</loc></url>\n" for page in sorted(app.env.found_docs))
        shutil.copyfile(Path(app.srcdir) / "images" / "card.png", Path(app.outdir) / CARD)
        (Path(app.outdir) / "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{pages}</urlset>\n',
            encoding="utf-8",
        )
    (Path(app.outdir) / "robots.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
