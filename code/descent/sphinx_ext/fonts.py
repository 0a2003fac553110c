"""KaTeX's fonts with the characters that the book's formulas use: a sixth of their size.

Those that most pages need are part of the style sheet: formulas are right from the first moment that a page is seen.
For bold letters and the like a browser asks where it meets them.
"""

import base64
import io
import re

from fontTools import subset
from lxml import html

INCLUDED = {"Main-Regular", "Math-Italic", "AMS-Regular", *(f"Size{size}-Regular" for size in range(1, 5))}
ITALIC = re.compile(r"\b(?:mathnormal|boldsymbol)\b")  # KaTeX's classes for its font of letters, which has no other use


def characters(pages):
    """The characters of all formulas of pages, given as paths: those of the font of letters, and all others."""
    letters, others = set(), set()
    for page in pages:
        for formula in html.parse(page, html.HTMLParser(encoding="utf-8")).xpath("//*[@class='katex-html']"):
            for part in formula.iter("span"):
                (letters if ITALIC.search(part.get("class", "")) else others).update(part.text or "")
                others.update(part.tail or "")
    return letters, others


def lighten(folder, pages):
    """Reduce the fonts in a folder to what the pages need, and put the most frequent into its style sheet."""
    letters, others = characters(pages)
    sheet = folder / "site.css"
    style = sheet.read_text(encoding="utf-8")
    for font in sorted(folder.glob("KaTeX_*.woff2")):
        content = reduced(font, letters if font.name.startswith("KaTeX_Math") else others)
        if font.stem.removeprefix("KaTeX_") in INCLUDED:
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
