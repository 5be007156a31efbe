#!/usr/bin/env python3
"""A whole crawler in two processes: crawld fetches, this reads the pages and hands it the links in them.

    links.py --socket .run/control.sock --warc .run/warc --until-idle 3 https://example.com/

A link is followed if it is within --scope of the seed that led to it, and --depth clicks away from it at most; both travel in
the `meta` of URLs. crawld keeps the place in its result feed: started again, this goes on behind what was done.
Exit 0 = nothing was due or in flight for --until-idle seconds, 1 = refused (the message says why), 75 = crawld has stopped.
"""
import argparse, gzip, http.client, json, os, socket, sys, threading, time, zlib
from html.parser import HTMLParser
from urllib.parse import quote, urldefrag, urljoin, urlsplit

LARGEST = 16 << 20  # bytes of a page that are looked at


class Crawld(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        try:
            self.sock.connect(options.socket)
        except OSError as error:
            sys.exit(f"links.py: {options.socket}: {error}")


def ask(method, target, body=None):
    (connection := Crawld("crawld")).request(method, target, body, {"Content-Type": "application/x-ndjson"})
    held = connection, connection.sock
    answer = connection.getresponse()
    answer.held = held
    if answer.status >= 300 and not target.startswith("/v1/content"):
        sys.exit(f"links.py: {method} {target[:200]}: {answer.read().decode(errors='replace')}")
    return answer


def stored(place):
    """HTTP head and body of a record; None = it is not there, or is a revisit: the same bytes as another URL's page."""
    for name in (place["file"], place["file"] + ".open", place["file"]):  # .open while it is written
        try:
            with open(os.path.join(options.warc, os.path.basename(name)), "rb") as file:
                file.seek(place["offset"])
                record = file.read(place["length"])
            record = gzip.decompress(record) if place["file"].endswith(".gz") else record
            head, _, block = record.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            head, _, body = block[: int(fields["Content-Length"])].partition(b"\r\n\r\n")
            return (head.decode("latin-1").lower(), body) if fields["WARC-Type"] == "response" else None
        except (OSError, EOFError, ValueError, KeyError, zlib.error):
            continue


def page(result):
    """The text of the page that a result tells of."""
    if record := result["warc"] and stored(result["warc"]):
        head, body = record
        if "content-encoding: gzip" in head and body.startswith(b"\x1f\x8b"):
            body = zlib.decompressobj(31).decompress(body, LARGEST)
    else:  # crawld finds the bytes, if anybody does
        answer = ask("GET", "/v1/content?url=" + quote(result["url"], safe=""))
        body = answer.read(LARGEST) if answer.status == 200 else b""
    charset = (result["content_type"] or "").lower().partition("charset=")[2].strip(" \"'") or "utf-8"
    try:
        return body[:LARGEST].decode(charset, errors="replace")
    except (LookupError, ValueError):
        return body[:LARGEST].decode("utf-8", errors="replace")


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.base, self.found = "", []

    def handle_starttag(self, tag, attributes):
        value = dict(attributes).get({"a": "href", "area": "href", "frame": "src", "iframe": "src", "base": "href"}.get(tag))
        if value and tag == "base":
            self.base = self.base or value
        elif value:
            self.found.append(value)


def within(seed, url):
    seed, url = urlsplit(seed), urlsplit(url)
    host, domain = url.hostname or "", (seed.hostname or "").removeprefix("www.")
    if options.scope == "domain":
        return host == domain or host.endswith("." + domain)
    start = seed.path.rpartition("/")[0] + "/" if options.scope == "prefix" else ""
    return host == seed.hostname and url.path.startswith(start)


def links(result):
    """What the page of a result leads to and is wanted, as lines for crawld."""
    meta = (result["meta"] or {}).get("links")
    is_html = (result["content_type"] or "").lower().startswith(("text/html", "application/xhtml"))
    if not (meta and is_html and result["changed"] and meta["depth"] < options.depth and within(meta["seed"], result["url"])):
        return
    (parser := Links()).feed(page(result))
    for link in parser.found:
        try:
            url = urldefrag(urljoin(urljoin(result["url"], parser.base), link.strip())).url
            if urlsplit(url).scheme in ("http", "https") and within(meta["seed"], url):
                yield {"url": url, "meta": {"links": {"seed": meta["seed"], "depth": meta["depth"] + 1}}}
        except ValueError:  # no URL at all
            continue


def enqueue(lines):
    new = [line for line in lines if not (line["url"] in asked or asked.add(line["url"]))]
    if new:
        ask("POST", "/v1/urls", "".join(json.dumps(line) + "\n" for line in new).encode()).read()


def end_when_idle(results):
    busy = time.monotonic()
    while time.monotonic() - busy < options.until_idle:
        time.sleep(0.2)
        status = json.load(ask("GET", "/v1/status"))
        if status["due_now"] or status["in_flight"] or status["results"]["head"] > results.reached:
            busy = time.monotonic()
    results.is_idle = True
    results.socket.shutdown(socket.SHUT_RDWR)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--socket", default=os.environ.get("CRAWLD_SOCKET") or "/run/crawld/control.sock")
parser.add_argument("--warc", required=True, help="output.warc.dir of crawld's configuration")
parser.add_argument("--scope", choices=["host", "domain", "prefix"], default="host")
parser.add_argument("--depth", type=int, default=20, help="clicks from the seed")
parser.add_argument("--consumer", default="links", help="the name under which crawld keeps the place")
parser.add_argument("--until-idle", type=float, metavar="SECONDS")
parser.add_argument("seed", nargs="*")
options = parser.parse_args()
asked = set()  # what was handed over since the start: not twice
name = quote(options.consumer, safe="")
head = (json.load(ask("GET", "/v1/status"))["results"] or {}).get("head", 0)
reached = json.load(ask("PUT", f"/v1/results/consumers/{name}?after={head}"))["cursor"]  # a new one begins now
enqueue({"url": seed, "meta": {"links": {"seed": seed, "depth": 0}}} for seed in options.seed)
results = ask("GET", f"/v1/results?follow=true&consumer={name}")
results.reached, results.is_idle, results.socket, rest = reached, False, results.held[1], b""
if options.until_idle is not None:
    threading.Thread(target=end_when_idle, args=[results], daemon=True).start()
while True:
    try:
        piece = results.read1(1 << 16)
    except (OSError, http.client.HTTPException):
        piece = b""
    if not piece:
        sys.exit(0 if results.is_idle else 75)
    *lines, rest = (rest + piece).split(b"\n")
    found = [json.loads(line) for line in lines]
    enqueue(link for result in found for link in links(result))
    if found:  # not before: links that are not handed over yet would be lost
        ask("POST", f"/v1/results/ack?consumer={name}&seq={found[-1]['seq']}").read()
        results.reached = found[-1]["seq"]
