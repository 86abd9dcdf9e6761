"""/openapi.json, /asyncapi.json, and the page that shows them."""

import html.parser
import re

import schema
from case import ServerCase


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.assets = []
        self.inline = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in ("script", "link", "img", "iframe"):
            self.assets.append(attrs.get("src") or attrs.get("href"))
        self.inline += [name for name in attrs if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in attrs):
            self.inline.append(tag)


class Docs(ServerCase):
    def test_documents_are_those_of_api(self):
        for name in ("openapi", "asyncapi"):
            self.assertEqual(self.rest().get(f"/{name}.json").json, schema.load(f"{name}.yaml"))

    def test_page_needs_nothing_from_elsewhere(self):
        page = self.rest().get("/docs")
        policy = page.header("Content-Security-Policy")
        for source in ("unsafe", "http:", "https:", "data:", "*"):
            self.assertNotIn(source, policy)
        for directive in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'"):
            self.assertIn(directive, policy)
        links = Links()
        links.feed(page.body.decode("utf-8"))
        self.assertEqual(links.inline, [])  # it would not run
        self.assertEqual(sorted(links.assets), ["/docs/page.css", "/docs/page.js"])
        for asset in links.assets:
            content = self.rest().get(asset).body.decode("utf-8")
            self.assertNotRegex(content, r"https?://")
            # Text goes in as text.
            self.assertIsNone(re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", content))
