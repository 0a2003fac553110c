"""What a published book has and one on a desk has not: addresses, and notebooks that run anywhere.

The publishing workflow says in the environment where the site will be and what it is made of. Where it says nothing
(every local build) nothing on the pages points anywhere.

    DESCENT_SITE        address of the site, such as https://reader.github.io/descent/
    DESCENT_REPOSITORY  owner/name on GitHub
    DESCENT_REVISION    commit that the book is made of; the wheel's version carries it
    DESCENT_PAGES       where in the repository the site is kept: gh-pages, or gh-pages/preview/12 with a folder

A site with an address offers the package as a wheel, the explorers' modules in it, and every notebook that is
downloaded from it begins with a cell that installs this wheel where it is missing or another. Colab opens these same
notebooks from DESCENT_PAGES; Binder, which installs everything, opens those of the repository.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import urllib.parse
from pathlib import Path

import nbformat

from descent.interactive import web, widget

ROOT = Path(__file__).parents[3]
CARD = "_static/card.png"  # shown by links to the book elsewhere
RECORD = "published.json"  # what tools/publish.py has to know of a built site
DOWNLOAD = re.compile(
    r'<a class="[^"]*\bdownload\b[^"]*"[^>]*\bhref="[^"]*_downloads/([^"]+\.ipynb)"[^>]*>.*?</a>', re.S
)
D2L = "requirements-d2l.txt"
PROJECT = ROOT / "pyproject.toml"
INSTALL = """\
# Installs the book's package, in the version of this page, where it is missing, as in Colab.
# Where the book is installed from its sources this cell does nothing.
import importlib
from importlib.metadata import distributions


def has_descent(version="{version}"):
    # Not `find_spec`, which takes any folder of this name for the package.
    for found in distributions(name="descent"):
        if found.version == version or '"editable": true' in (found.read_text("direct_url.json") or ""):
            return True
    return False


if not has_descent():
    %pip install --quiet "{package}"
    importlib.invalidate_caches()
    if not has_descent():
        raise ImportError("The book's package could not be installed: check the network, then run this cell again.")"""
INSTALL_D2L = """

if not list(distributions(name="d2l")):
    %pip install --quiet --no-deps {d2l}"""


def setup(app):
    app.connect("html-page-context", addresses)
    app.connect("html-collect-pages", lambda app: [("404", {"title": "Not found", "sourcename": ""}, "404.html")])
    app.connect("build-finished", for_machines)
    app.connect("build-finished", for_elsewhere)


def site():
    """The site's address with a slash at its end, or None."""
    address = os.environ.get("DESCENT_SITE", "").strip()
    if not address:
        return None
    if not re.fullmatch(r"https?://[^\s/\"']+(/[^\s\"']*)?", address):
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


def pages():
    """Branch and folder of the repository that the site is served from, without a slash at the end, or None."""
    place = os.environ.get("DESCENT_PAGES", "").strip().rstrip("/")
    if not place:
        return None
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)*", place) or not (site() and source()):
        raise ValueError(
            "DESCENT_PAGES should be a branch and perhaps a folder, such as gh-pages/preview/12, and the other three "
            f"variables should be there too, not {place!r} alone"
        )
    return place


def launches(notebook, copy):
    """[(title, address)] of the places where a notebook can be run.

    Parameters
    ----------
    notebook : str
        Its path in the repository.
    copy : str
        The path of its published copy in the site.
    """
    places = []
    if pages():
        colab = f"https://colab.research.google.com/github/{source()[0]}/blob/{pages()}/{copy}"
        places.append(("Colab", colab))
    if source():
        places.append(("Binder", "https://mybinder.org/v2/gh/{}/{}?urlpath=lab/tree/{}".format(*source(), notebook)))
    return places


def addresses(app, pagename, templatename, context, doctree):
    name = context.get("sourcename") or ""
    context["launches"] = launches(name, f"_sources/{name}") if name.endswith(".ipynb") else []
    context["site_root"] = re.sub(r"^https?://[^/]+", "", site() or "/")
    context["preview"] = "/" in (pages() or "")
    if site():
        context["pageurl"] = f"{site()}{pagename}.html"
        context["site_card"] = f"{site()}{CARD}"
    if source():
        downloads = {name: path for path, (_, name) in app.env.dlfiles.items()}
        context["body"] = DOWNLOAD.sub(lambda match: with_launches(match, downloads), context.get("body", ""))


def with_launches(match, downloads):
    """The link that downloads a notebook, followed by links to where it can be run."""
    name = match[1]
    link = ', <a class="reference external" href="{1}" title="Run {2} in {0}">{0}</a>'
    places = launches(downloads[name], f"_downloads/{name}")
    return match[0] + "".join(link.format(*place, Path(name).name) for place in places)


def for_machines(app, exception):
    """robots.txt, and where the addresses are known a sitemap and the picture that links to the book show."""
    if exception or app.builder.format != "html":
        return
    lines = ["User-agent: *", "Allow: /"]
    if site():
        lines.append(f"Sitemap: {site()}sitemap.xml")
        urls = "".join(f"<url><loc>{site()}{page}.html</loc></url>\n" for page in sorted(app.env.found_docs))
        shutil.copyfile(Path(app.srcdir) / "images" / "card.png", Path(app.outdir) / CARD)
        (Path(app.outdir) / "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n',
            encoding="utf-8",
        )
    (Path(app.outdir) / "robots.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def for_elsewhere(app, exception):
    """The wheel, the notebooks' first cell, and a record of what the site was made for."""
    if exception or app.builder.name != "html" or not site():
        return
    out = Path(app.outdir)
    package = address(site(), wheel(out))
    documents = {
        Path(app.env.doc2path(page)): out / "_sources" / app.env.doc2path(page, False) for page in app.env.found_docs
    }
    downloads = {Path(app.srcdir, path): out / "_downloads" / name for path, (_, name) in app.env.dlfiles.items()}
    for original, copy in (documents | downloads).items():
        if original.suffix == ".ipynb":
            nbformat.write(anywhere(nbformat.read(original, as_version=4), package), copy)
    repository, revision = source() or (None, None)
    record = {"site": site(), "repository": repository, "revision": revision, "pages": pages()}
    (out / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def version():
    """The package's version, as PEP 440 has it: 0.1.0+g0a1b2c3d4e5f of a published commit, 0.1.0 of any other book."""
    plain = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["version"]
    if not source():
        return plain
    return f"{plain}+g{re.sub('[^a-z0-9]', '', source()[1].lower())[:12]}"


def address(folder, name):
    """Where a wheel is that lies in a folder of the web; a plus sign is a space to some servers."""
    return folder + urllib.parse.quote(name)


def anywhere(notebook, package):
    """A notebook with one more cell, before its first code cell: it installs what is missing.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place, and returned.
    package : str
        Address of the wheel.
    """
    code = [cell.cell_type == "code" for cell in notebook.cells]
    if True not in code:
        return notebook
    with_d2l = any("descent.d2l_reference" in cell.source for cell in notebook.cells)
    text = INSTALL.format(version=version(), package=f"descent{'[d2l]' * with_d2l} @ {package}")
    if with_d2l:
        d2l = next(line for line in (ROOT / D2L).read_text("utf-8").splitlines() if line.startswith("d2l=="))
        text += INSTALL_D2L.format(d2l=d2l)
    notebook.cells.insert(code.index(True), nbformat.v4.new_code_cell(text, id="install-descent"))
    return notebook


def wheel(folder):
    """Write the package as a wheel, the explorers' modules in it, into a folder; return the file's name.

    Raises
    ------
    RuntimeError
        With pip's message.
    """
    with tempfile.TemporaryDirectory() as place:
        place, made = Path(place), Path(place, "made")
        shutil.copy(ROOT / "LICENSE", place)
        text = re.sub(r'^version = ".*"$', f'version = "{version()}"', PROJECT.read_text("utf-8"), count=1, flags=re.M)
        (place / PROJECT.name).write_text(text, encoding="utf-8")
        package = place / "code" / "descent"
        shutil.copytree(web.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
        web.bundle(place / "bundle")
        (package / "interactive" / web.BUNDLED.name).mkdir()
        for name in [*widget.FILES, widget.MODULE, web.STYLE.name]:
            shutil.copy(place / "bundle" / name, package / "interactive" / web.BUNDLED.name)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        # One date for all files, so that the same sources make the same wheel.
        environment = dict(os.environ, SOURCE_DATE_EPOCH="315532800")
        run = subprocess.run(
            [*command, "--wheel-dir", made, place], env=environment, capture_output=True, text=True, encoding="utf-8"
        )
        if run.returncode:
            raise RuntimeError(f"the package's wheel could not be made: {run.stderr.strip()}")
        (file,) = made.glob("*.whl")
        shutil.copy(file, folder)
        return file.name
