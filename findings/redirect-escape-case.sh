#!/bin/sh
# A server may insist on one spelling of a percent-escape and redirect every other one to it: `/%E3%81%82` to `/%e3%81%82`.
# Both are valid and mean the same (RFC 3986 §2.1), but only the second gets the page. Clients that rewrite the Location
# before they ask can never get there, and report a loop that the server does not have.
#
#   requests 2.34.2 with urllib3 2.7.0    TooManyRedirects: asks in upper case each time
#   aiohttp 3.14.1 with yarl 1.24.2       TooManyRedirects, the same
#   httpx 0.28.1, curl 7.88.1 (Debian)    200 after one redirect
#
# So a crawler whose URLs are kept in upper case must remember the bytes that such a server wants to be asked with.
# Needs python3 with venv, and curl. Prints `holds`.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q httpx==0.28.1 requests==2.34.2 urllib3==2.7.0 aiohttp==3.14.1 yarl==1.24.2
"$work/venv/bin/python" - <<'PYTHON'
import asyncio, http.server, subprocess, sys, threading
import aiohttp, httpx, requests

WANTED = "/%e3%81%82"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == WANTED else 301)
        if self.path != WANTED:
            self.send_header("Location", WANTED)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/start"


def outcome(fetch):
    try:
        return fetch()
    except Exception as error:
        return type(error).__name__


async def with_aiohttp():
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status


def with_curl():
    words = ["curl", "-sL", "-o", "/dev/null", "-w", "%{http_code}", url]
    return int(subprocess.run(words, capture_output=True, timeout=20).stdout)


seen = {
    "requests": outcome(lambda: requests.get(url, timeout=20).status_code),
    "aiohttp": outcome(lambda: asyncio.run(with_aiohttp())),
    "httpx": outcome(lambda: httpx.get(url, follow_redirects=True, timeout=20).status_code),
    "curl": outcome(with_curl),
}
expected = {"requests": "TooManyRedirects", "aiohttp": "TooManyRedirects", "httpx": 200, "curl": 200}
for name, value in seen.items():
    print(f"{name:10} {value}")
if seen != expected:
    sys.exit(f"changed; it was {expected}")
print("holds")
PYTHON
