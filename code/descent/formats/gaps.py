"""A figure that does not fit at the foot of a page goes to the next one, and leaves a gap. Here most gaps are closed.

No style sheet can say that. So each part is printed by itself, which takes a second, to see where its figures come to
stand. The first that leaves a gap is made a little smaller if that helps, else it changes places with the text behind
it; and so on to the end of the part.
"""

LEAST = 90  # points: a gap of less than an eighth of the page is left
FOOT = 136  # where the text of a page ends, in points: Chromium counts as if all margins (pdf.css) were below it
PIXELS = 96 / 72  # a point

# Marks where what is before each figure ends, and lists links to marks and figures: Chromium's PDF says of places
# that a link leads to where they are. A figure right under a heading stays there.
MARK = r"""() => {
    const links = document.body.appendChild(document.createElement("p"));
    links.id = "gaps";
    for (const [n, figure] of document.querySelectorAll(".part figure").entries()) {
        const cell = figure.closest(".cell") ?? figure;
        let top = figure;
        while (top !== cell && !top.previousElementSibling) top = top.parentElement;
        if (!top.previousElementSibling || top.previousElementSibling.matches("h1, h2, h3")) continue;
        figure.id ||= `figure-${n}`;
        const mark = document.createElement("div");
        [mark.id, mark.className] = ["gap-" + figure.id, "gap"];
        top.before(mark);
        for (const place of [mark, figure]) {
            const link = document.createElement("a");
            [link.href, link.textContent] = ["#" + place.id, "."];
            links.append(link, " "); // one long word would make Chromium shrink all pages
        }
    }
    return [...document.querySelectorAll(".part:has(.gap)")].map(part => part.firstElementChild.id);
}"""

# Shows one part and the links, and says which marks are in it.
SHOW = """name => {
    for (const element of document.body.children)
        element.hidden = element.id !== "gaps" && element.firstElementChild?.id !== name;
    return [...document.querySelectorAll(".part:not([hidden]) .gap")].map(mark => mark.id);
}"""

# A figure is made smaller by a sixth at most. It stays with the code that draws it. What calls it "above" stays behind
# it, and what leads to something with that.
CLOSE = r"""([id, gap]) => {
    const figure = document.getElementById(id), cell = figure.closest(".cell") ?? figure;
    const image = figure.querySelector("img"), tall = element => element.getBoundingClientRect().height;
    const lacking = tall(figure) + parseFloat(getComputedStyle(figure).marginTop) + 4 - gap;
    if (image && lacking < tall(image) / 6) {
        image.style.maxHeight = `${tall(image) - lacking}px`;
        return;
    }
    let last = null, height = 0;
    for (let next = cell.nextElementSibling; next && height < gap; next = next.nextElementSibling) {
        if (!next.matches("p, ul, ol, div.math, .cell:not(:has(figure))")) break;
        if (/^Above|(figure|panel|line)s? above/.test(next.textContent)) break;
        height += tall(next);
        if (next.matches(".cell") && height > gap) break;
        const after = next.matches("p") && next.nextElementSibling;
        if (!after || after.matches("p, h2, h3, section")) last = next;
    }
    if (!cell.querySelector("pre")) last?.after(cell);
}"""

FORGET = """() => {
    for (const mark of document.querySelectorAll(".gap, #gaps")) mark.remove();
    for (const element of document.body.children) element.hidden = false;
}"""


def close(page, printed):
    """Close gaps in the book that is open in `page`, as it is in print; `printed(page)` is its PDF."""
    for name in page.evaluate(MARK):
        marks = page.evaluate(SHOW, name)
        while found := first(printed(page), marks):
            mark, gap = found
            page.evaluate(CLOSE, [mark.removeprefix("gap-"), gap * PIXELS])
            marks = marks[marks.index(mark) + 1 :]
    page.evaluate(FORGET)


def first(opened, marks):
    """(mark, height of the gap below it, in points) of the first figure that leaves one, or None."""
    pages = {page.objgen: n for n, page in enumerate(opened.pages)}
    where = {name.removeprefix("/"): (pages[at[0].objgen], float(at[3])) for name, at in opened.Root.Dests.items()}
    for mark in marks:
        (before, height), (after, _) = where[mark], where[mark.removeprefix("gap-")]
        if before < after and height - FOOT > LEAST:
            return mark, height - FOOT
    return None
