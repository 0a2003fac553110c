"""KaTeX's fonts with the characters that the book's formulas use: a sixth of their size.

They are part of the style sheet: formulas are right from the first moment that a page is seen. A font that no formula
has needed until now, such as script letters, is a file beside it.
"""

import base64
import io
from collections import defaultdict

from fontTools import subset
from lxml import html

INCLUDED = {"Main-Regular", "Main-Bold", "Math-Italic", "Math-BoldItalic", "AMS-Regular"} | {
    f"Size{size}-Regular" for size in range(1, 5)
}
# KaTeX's classes for letters that have a font of their own; with these all of them are known.
LETTERS = {"mathnormal": "Math-Italic", "boldsymbol": "Math-BoldItalic", "mathbf": "Main-Bold"}


def characters(pages):
    """The characters of all formulas of pages, given as paths: {font: those that it alone has, None: all others}."""
    found = defaultdict(set)
    for page in pages:
        for formula in html.parse(page, html.HTMLParser(encoding="utf-8")).xpath("//*[@class='katex-html']"):
            for part in formula.iter("span"):
                fonts = [LETTERS[name] for name in part.get("class", "").split() if name in LETTERS]
                found[fonts[0] if fonts else None].update(part.text or "")
                found[None].update(part.tail or "")
    return found


def lighten(folder, pages):
    """Reduce the fonts in a folder to what the pages need, and put the most frequent into its style sheet."""
    found = characters(pages)
    sheet = folder / "site.css"
    style = sheet.read_text(encoding="utf-8")
    for font in sorted(folder.glob("KaTeX_*.woff2")):
        name = font.stem.removeprefix("KaTeX_")
        content = reduced(font, found[name if name in LETTERS.values() else None])
        if name in INCLUDED:
            included = f"data:font/woff2;base64,{base64.b64encode(content).decode()}"
            style = style.replace(f"url({font.name})", f"url({included})")
            font.unlink()
        else:
            font.write_bytes(content)
    sheet.write_text(style, encoding="utf-8")


def reduced(font, characters):
    """The bytes of a font with these characters, of those that it has, and without instructions for coarse screens."""
    options = subset.Options(flavor="woff2", hinting=False, layout_features=[], notdef_outline=True)
    whole = subset.load_font(font, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, characters))
    subsetter.subset(whole)
    out = io.BytesIO()
    subset.save_font(whole, out, options)
    return out.getvalue()
