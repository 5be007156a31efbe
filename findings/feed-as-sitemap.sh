#!/bin/sh
# Feeds may serve as sitemaps. An RSS item without `link` whose `guid` is a permalink (the default, RSS 2.0) names a page, and
# an Atom link is resolved against `xml:base` (RFC 4287 §2). ultimate-sitemap-parser 1.8.1 has neither: the item vanishes
# without a word, and the link comes back relative, as if it were a page of that name. feedparser 6.0.14 reads both.
#
# Needs python3 with venv. Prints `holds`.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q ultimate-sitemap-parser==1.8.1 feedparser==6.0.14
"$work/venv/bin/python" - <<'PYTHON'
import http.server, logging, sys, threading
import feedparser
from usp.fetch_parse import SitemapFetcher
from usp.web_client.requests_client import RequestsWebClient

logging.disable(logging.CRITICAL)
FEEDS = {
    "/rss.xml": ("application/rss+xml", """<?xml version="1.0"?>
<rss version="2.0"><channel><title>News</title><link>{base}/</link><description>All of it</description>
<item><title>One</title><guid>{base}/one</guid></item></channel></rss>"""),
    "/atom.xml": ("application/atom+xml", """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{base}/blog/"><title>News</title><id>urn:feed</id>
<updated>2026-11-29T00:00:00Z</updated><author><name>A</name></author>
<entry><id>urn:two</id><title>Two</title><updated>2026-11-29T00:00:00Z</updated><link href="two"/></entry></feed>"""),
}


class Feed(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, text = FEEDS.get(self.path, (None, ""))
        body = text.format(base=base).encode()
        self.send_response(200 if kind else 404)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"


def sitemap_pages(path):
    fetcher = SitemapFetcher(url=base + path, recursion_level=0, web_client=RequestsWebClient())
    return [page.url.replace(base, "") for page in fetcher.sitemap().all_pages()]


seen = {path: (sitemap_pages(path), [e.link.replace(base, "") for e in feedparser.parse(base + path).entries])
        for path in FEEDS}
expected = {"/rss.xml": ([], ["/one"]), "/atom.xml": (["two"], ["/blog/two"])}
for path, (ours, other) in seen.items():
    print(f"{path:10} ultimate-sitemap-parser {ours}, feedparser {other}")
if seen != expected:
    sys.exit(f"changed; it was {expected}")
print("holds")
PYTHON
