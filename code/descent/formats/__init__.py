"""The book as a PDF and as an EPUB, both made of the built pages.

parts      the pages' articles as parts of one book: solutions at the end, links within the book
pdf        one document of all parts, printed by Chromium
epub       a file for each part
chromium   the browser that is on the machine, also for the tests
"""
