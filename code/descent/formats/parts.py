"""The whole book as a list of parts, made of the pages of _build/html.

A part is a page's article without what only a browser can use. Numbers of equations, figures and exercises are
the pages' own. Solutions go into parts of their own, behind the chapters. Ids are unique in the whole book:
every link between its places is `#` and an id, wherever that is.
"""

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

SOLUTIONS = "Solutions"
ELSEWHERE = "elsewhere"  # the class of a link to another part
LAST = "Literature and index"
LAST_PAGES = ["references", "genindex"]  # they end the book
# What waits for a touch, and what a page has for itself alone.
LEFT_OUT = (
    ".headerlink, script, .tryit-live, .explorer-live, .toctree-wrapper, .genindex-jumpbox, "
    "details.hide, .tag_hide-input .cell_input"
)


@dataclass
class Part:
    """A chapter, another page, or the solutions of a chapter.

    `name` is its id and the file's name in an EPUB, `group` the heading of the contents that it comes under.
    """

    name: str
    group: str
    body: BeautifulSoup

    @property
    def title(self):
        return self.body.h1.get_text()

    @property
    def sections(self):
        """[(id, title)] of its sections."""
        return [(h2["id"], h2.get_text()) for h2 in self.body.select("section > h2[id]")]


def parts(html, site=None):
    """The book of the folder `html`, in its order. `site` is the address where its pages are, if there is one."""
    pages = {page: Part(name(page), group, article(html / page)) for page, group in contents(html)}
    places = {}
    for page, part in pages.items():
        clean(part, page, site)
        anchor(part.body)
        places[page] = unique_ids(part)
    for page, part in pages.items():
        for link in part.body.select("a[href]"):
            lead(link, page, places, site)
    found = [solutions(part) for part in pages.values() if part.body.select_one("div.solution")]
    for part in [*pages.values(), *found]:
        for link in part.body.select(f"a.{ELSEWHERE}"):
            nowhere_near(link)
    last = [part for part in pages.values() if part.group == LAST]
    return [part for part in pages.values() if part.group != LAST] + found + last


def name(page):
    """Of the part that a page becomes: rmsprop, of chapters/06_rmsprop.html."""
    return re.sub(r"^.*/(\d+_)?", "", page.removesuffix(".html"))


def article(path):
    """What a page says, without the frame that all pages have."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "lxml").select_one("article.bd-article")


def contents(html):
    """Yield (page, group) of the pages, as the sidebar lists them."""
    soup = BeautifulSoup((html / "index.html").read_text(encoding="utf-8"), "lxml")
    yield "intro.html", ""
    group = ""
    for element in soup.select("nav.bd-links .caption, nav.bd-links li > a"):
        if element.name == "a":
            page = element["href"]
            yield page, LAST if page.removesuffix(".html") in LAST_PAGES else group
        else:
            group = element.get_text()


def clean(part, page, site):
    """Leave out what only a browser can use, and give pictures their place in the folder of the pages."""
    body = part.body
    body.name = "div"
    for element in body.select(LEFT_OUT):
        element.decompose()
    for suggestion in body.select(".explorer-try"):
        figure = suggestion.find_parent("div", class_="explorer")["data-name"]
        if site:
            there = new_tag("a", "On the website", href=f"{site}{page}#{figure}", **{"class": "external"})
            suggestion.p.insert(0, there, " this figure moves. ")
        else:
            suggestion.decompose()
    for wrapper in body.select(".explorer, .stage, .tryit, span.pre"):
        wrapper.unwrap()
    for link in body.select(".sd-stretched-link"):
        link["class"] = ["reference", "internal"]
        link.wrap(new_tag("p"))
    for link in body.select(".bibtex-citation a"):
        del link["title"]  # the whole entry, which a pointer would show
    for image in body.select("img"):
        image["src"] = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(image["src"])))
        del image["loading"], image["decoding"], image["style"]
    if page == "genindex.html":
        body["class"] = "index"
    for table in body.select("table.indextable"):  # columns of a screen
        entries = [li.extract() for li in table.select("td > ul > li")]
        table.name, table.attrs = "ul", {}
        table.clear()
        table.extend(entries)


def anchor(body):
    """Put what links lead to into the text that it means: on paper that may begin a page later than its section."""
    for target in body.select("span[id]:empty"):
        following = target.find_next_sibling()
        if following is not None and following.name in ("h1", "h2", "h3", "h4", "p"):
            following.insert(0, target.extract())
    for section in body.select("section[id]"):
        heading = section.find(["h1", "h2", "h3", "h4"], recursive=False)
        if heading is not None and not heading.get("id"):
            heading["id"] = section["id"]
            del section["id"]


def new_tag(name, text=None, **attributes):
    return BeautifulSoup("", "lxml").new_tag(name, attrs=attributes, string=text)


def unique_ids(part):
    """Make the ids of a part the book's; return what they were: what they are."""
    made = {"": part.name}
    for element in part.body.select("[id]"):
        if element["id"] in made:  # sphinx-exercise gives the same to all it makes
            del element["id"]
        else:
            made[element["id"]] = element["id"] = f"{part.name}--{element['id']}"
    part.body["id"] = part.name
    return made


def lead(link, page, places, site):
    """Let a link of a page lead to the same place of the book; without such a place, to the site, or nowhere."""
    address = urlsplit(link["href"])
    if address.scheme:
        return
    folder = posixpath.dirname(page)
    target = posixpath.normpath(posixpath.join(folder, unquote(address.path))) if address.path else page
    if target in places:
        if not (place := places[target].get(unquote(address.fragment))):
            raise ValueError(f"{page} has a link to {link['href']}, and there is no such place: mend the link.")
        link["href"] = f"#{place}"
        if target != page:
            link["class"] = [*link.get("class", []), ELSEWHERE]
    elif site:
        link["href"] = f"{site}{target}"
    else:
        link.unwrap()


def nowhere_near(link):
    """What was "the exercise above" on its page no longer is in another part."""
    for text in link.find_all(string=True):
        text.replace_with(re.sub(r" (above|below)$", "", text))


def solutions(part):
    """Take a chapter's solutions out of it into a part; exercises and solutions point at each other."""
    body = BeautifulSoup(f"<div><h1>Solutions: {part.title}</h1></div>", "lxml").div
    body["id"] = f"solutions-{part.name}"
    for solution in part.body.select("div.solution"):
        title = solution.select_one(".admonition-title")
        exercise = part.body.find(id=title.a["href"][1:])
        exercise.append(new_tag("p", **{"class": "to-solution"}))
        exercise.contents[-1].append(new_tag("a", "Solution", href=f"#{solution['id']}"))
        # Figures are numbered as on the pages: here a reader of the chapter learns where the missing number is.
        if figures := [number.get_text().strip() for number in solution.select("figcaption .caption-number")]:
            exercise.contents[-1].append(f", with {' and '.join(figures)}")
        title.a.string = re.sub(r"\s+", " ", title.a.get_text()).strip()
        title.contents[0].replace_with("Solution to ")
        body.append(solution.extract())
    moved = {element["id"] for element in body.select("[id]")}
    for element in body, part.body:
        for link in element.select(f'a[href^="#"]:not(.{ELSEWHERE})'):
            if (link["href"][1:] in moved) != (element is body):
                link["class"] = [*link.get("class", []), ELSEWHERE]
    return Part(body["id"], SOLUTIONS, body)
