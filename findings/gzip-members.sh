#!/bin/sh
# A gzip file of several members is one file (RFC 1952 §2.2), and servers that join compressed parts send such bodies with
# `Content-Encoding: gzip`. Clients differ, and two of them lose the rest without a word.
#
#   httpx 0.28.1            the first member only, no error
#   wget 1.21.3 (Debian)    the first member only, exit 0
#   curl 7.88.1 (Debian)    the first member, then exit 23 "Failed writing received data", which is no write error
#   requests 2.34.2 with urllib3 2.7.0, aiohttp 3.14.1: the whole body
#
# Needs python3 with venv, curl and wget. Prints `holds`.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q httpx==0.28.1 requests==2.34.2 urllib3==2.7.0 aiohttp==3.14.1
"$work/venv/bin/python" - <<'PYTHON'
import asyncio, gzip, http.server, subprocess, sys, threading
import aiohttp, httpx, requests

BODY = gzip.compress(b"first\n") + gzip.compress(b"second\n")


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


async def with_aiohttp():
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.read()


def command(*words):
    done = subprocess.run([*words, url], capture_output=True, timeout=20)
    return done.returncode, done.stdout


seen = {
    "httpx": httpx.get(url, timeout=20).content,
    "requests": requests.get(url, timeout=20).content,
    "aiohttp": asyncio.run(with_aiohttp()),
    "curl": command("curl", "-s", "--compressed"),
    "wget": command("wget", "-q", "-O-", "--compression=gzip"),
}
expected = {
    "httpx": b"first\n",
    "requests": b"first\nsecond\n",
    "aiohttp": b"first\nsecond\n",
    "curl": (23, b"first\n"),
    "wget": (0, b"first\n"),
}
for name, value in seen.items():
    print(f"{name:10} {value}")
if seen != expected:
    sys.exit(f"changed; it was {expected}")
print("holds")
PYTHON
