"""What the pages' frame is made of: descriptions, sizes of pictures, addresses of a published book."""

import re
import struct
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from descent.sphinx_ext import publish, reading, search, theme

ROOT = Path(__file__).parents[1]


def page(*texts):
    document = new_document("page")
    document += [nodes.paragraph("", text) for text in texts]
    return document


def test_a_description_is_the_first_real_sentence():
    text = "Every network is trained by a rule that turns a gradient\ninto a step, and the rules are short."
    assert theme.description(page("Short.", text)) == " ".join(text.split())
    assert theme.description(page("Short.")) == ""
    long = theme.description(page("word " * 100))
    assert len(long) <= theme.DESCRIPTION + 2 and long.endswith("word …")


def test_pictures_have_their_size_and_wait(tmp_path):
    png, svg = tmp_path / "a.png", tmp_path / "b.svg"
    png.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480))
    svg.write_text('<svg xmlns="x" width="460.8pt" height="316.8pt">')
    (tmp_path / "c.svg").write_text("<svg>")
    images = {name: (set(), name) for name in ("a.png", "b.svg", "c.svg")}
    app = SimpleNamespace(srcdir=tmp_path, env=SimpleNamespace(images=images))
    body = '<img alt="x" src="_images/a.png" /><img src="../_images/b.svg"><img src="_images/c.svg">'
    body += '<img src="_images/d.svg">'
    made = theme.pictures(app, body)
    assert made.count('loading="lazy"') == 4
    assert re.findall(r'width="(\d+)" height="(\d+)"', made) == [("640", "480"), ("614", "422")]
    styled = '<img src="_images/a.png" style="width: 50%">'
    assert ' width="640" height="480"' in theme.pictures(app, styled)  # for the ratio of its sides
    sized = '<img src="_images/a.png" width="320">'
    assert theme.pictures(app, sized).count(" width=") == 1


def test_search_reads_sections_and_definitions_once(tmp_path):
    formula = "<math><mrow><msub><mi>η</mi><mi>t</mi></msub><mo>=</mo><mfrac><mn>1</mn><mi>t</mi></mfrac>"
    formula += "</mrow></math>"
    (tmp_path / "a.html").write_text(
        "<nav>frame</nav><article><section id='top'><h1>Title<a class='headerlink'>#</a></h1><p>One</p><p>two.</p>"
        "<section id='in'><h2>Inner</h2><pre><span>torch</span><span>.</span><span>optim</span></pre>"
        "<div class='cell tag_hide-input'><div class='cell_input'>plot()</div><div class='cell_output'>7</div></div>"
        f"<section id='exercise-content'><p>Show <span class='katex'>{formula}<b>drawn</b></span>.</p></section>"
        "</section><dl><dt id='term-x'>rate</dt><dd>(学习率) A number.</dd></dl></section></article>",
        encoding="utf-8",
    )
    assert search.records(tmp_path / "a.html", "a") == [
        {"url": "a.html#top", "title": "Title", "page": "Title", "text": "One two."},
        {"url": "a.html#in", "title": "Inner", "page": "Title", "text": "torch.optim Show ηt = 1/t."},
        {"url": "a.html#term-x", "title": "rate", "page": "Title", "text": "(学习率) A number."},
    ]


def published(monkeypatch, **environment):
    for name in ("SITE", "REPOSITORY", "REVISION", "PAGES"):
        monkeypatch.delenv(f"DESCENT_{name}", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(f"DESCENT_{name}", value)


def test_a_local_book_points_nowhere(monkeypatch):
    published(monkeypatch)
    assert publish.site() is publish.source() is publish.pages() is None
    assert publish.launches("chapters/06_rmsprop.ipynb", "_sources/chapters/06_rmsprop.ipynb") == []


PUBLISHED = {"SITE": "https://reader.github.io/descent", "REPOSITORY": "reader/descent", "REVISION": "0a1b2c3"}


def test_a_published_book_points_at_its_own_repository(monkeypatch):
    published(monkeypatch, **PUBLISHED, PAGES="gh-pages/preview/12/")
    assert publish.site() == "https://reader.github.io/descent/"
    places = dict(publish.launches("chapters/06_rmsprop.ipynb", "_sources/chapters/06_rmsprop.ipynb"))
    assert places["Colab"].endswith("/reader/descent/blob/gh-pages/preview/12/_sources/chapters/06_rmsprop.ipynb")
    assert places["Binder"].endswith("/v2/gh/reader/descent/0a1b2c3?urlpath=lab/tree/chapters/06_rmsprop.ipynb")


def test_what_is_not_kept_on_github_has_no_button_for_colab(monkeypatch):
    published(monkeypatch, **PUBLISHED)
    assert [title for title, _ in publish.launches("a.ipynb", "b.ipynb")] == ["Binder"]


def context_of(page, sourcename, body=""):
    downloads = {"homework/release/hw1/hw1.ipynb": ({"homework"}, "12ab/hw1.ipynb")}
    app = SimpleNamespace(env=SimpleNamespace(dlfiles=downloads))
    context = {"sourcename": sourcename, "body": body}
    publish.addresses(app, page, "page.html", context, None)
    return context


def test_pages_of_notebooks_have_buttons_and_others_have_none(monkeypatch):
    published(monkeypatch, **PUBLISHED, PAGES="gh-pages")
    assert len(context_of("chapters/a", "chapters/a.ipynb")["launches"]) == 2
    assert context_of("homework", "homework.md")["launches"] == context_of("genindex", None)["launches"] == []


def test_search_engines_are_kept_from_previews_alone(monkeypatch):
    for pages, kept in (("gh-pages", False), ("gh-pages/preview/12", True)):
        published(monkeypatch, **PUBLISHED, PAGES=pages)
        assert context_of("intro", "intro.md")["preview"] is kept


def test_a_notebook_that_can_be_downloaded_can_be_run(monkeypatch):
    link = '<a class="reference download internal" download="" href="_downloads/12ab/hw1.ipynb"><code>hw1</code></a>'
    published(monkeypatch)
    assert context_of("homework", "homework.md", link)["body"] == link
    published(monkeypatch, **PUBLISHED, PAGES="gh-pages")
    body = context_of("homework", "homework.md", f"{link} and {link}")["body"]
    assert body.count("reader/descent/blob/gh-pages/_downloads/12ab/hw1.ipynb") == 2
    assert body.count("?urlpath=lab/tree/homework/release/hw1/hw1.ipynb") == 2


@pytest.mark.parametrize(
    "environment",
    [
        {"SITE": "reader.github.io"},
        {"REPOSITORY": "descent", "REVISION": "1"},
        {"REPOSITORY": "reader/descent"},
        {"REPOSITORY": "reader/descent", "REVISION": '"><script>'},
        {"PAGES": "gh-pages"},
        {**PUBLISHED, "PAGES": "gh-pages/../main pages"},
    ],
)
def test_a_wrong_address_is_named(monkeypatch, environment):
    published(monkeypatch, **environment)
    with pytest.raises(ValueError, match="should be"):
        publish.site(), publish.source(), publish.pages()


def test_robots_and_sitemap(monkeypatch, tmp_path):
    app = SimpleNamespace(builder=SimpleNamespace(format="html"), outdir=tmp_path, srcdir=ROOT)
    app.env = SimpleNamespace(found_docs={"intro", "chapters/a"})
    (tmp_path / "_static").mkdir()
    published(monkeypatch)
    publish.for_machines(app, None)
    assert "Sitemap" not in (tmp_path / "robots.txt").read_text() and not (tmp_path / "sitemap.xml").exists()
    published(monkeypatch, SITE="https://a.org/b/")
    publish.for_machines(app, None)
    assert "Sitemap: https://a.org/b/sitemap.xml" in (tmp_path / "robots.txt").read_text()
    assert "<loc>https://a.org/b/chapters/a.html</loc>" in (tmp_path / "sitemap.xml").read_text()
    assert (tmp_path / publish.CARD).read_bytes() == (ROOT / "images" / "card.png").read_bytes()


def exercise(title):
    return nodes.admonition("", nodes.title(title, title), nodes.paragraph("", "word " * 900), classes=["exercise"])


def test_the_time_to_read_leaves_exercises_out():
    chapter = page("word " * 4 * reading.WORDS)
    for kind in (nodes.math_block, nodes.literal_block, nodes.image, nodes.image):
        chapter += kind("", "not counted as words") if kind != nodes.image else kind()
    assert reading.minutes(chapter) == 5
    assert reading.line(chapter) == "About 5 minutes to read."
    chapter += [exercise("Exercise 1 (Think, 5 minutes)"), exercise("Exercise 2 (Code, 25 minutes)")]
    chapter += exercise("Exercise 3 (Experiment, an evening)")
    assert reading.minutes(chapter) == 5
    assert reading.line(chapter).endswith("3 exercises: about half an hour, and one for an evening.")
