"""What is wrong with a page as sent: one h1, inputs labelled, headings with scope, ids and landmarks unique, nothing
inline.

The walk of the URL matrix (tests/test_urls.py) asks it of every page it opens.
"""

import re

from tests.portal.test_templates import Page, twice

INLINE = re.compile(r"<style\b|\sstyle\s*=\s*[\"']|<[^>]+\son[a-z]+\s*=\s*[\"']|javascript:")


def faults_of(name: str, html: str) -> list[str]:
    page = Page(html)
    found = []
    if "<html" in html and page.h1 != 1:
        found.append(f"{name}: {page.h1} h1")
    found += [f"{name}: input {one} has no label" for one in page.unlabelled]
    found += [f"{name}: no scope on {one}" for one in page.headings_without_scope]
    found += [f"{name}: id {one} twice" for one in twice(page.ids)]
    found += [f"{name}: two landmarks {role} “{label}”" for role, label in twice(page.landmarks)]
    found += [f"{name}: inline {one.strip()[:60]}" for one in INLINE.findall(html)]
    return found
