#!/bin/sh
# CURLOPT_CLOSESOCKETFUNCTION takes the place of close(2) for every socket of a connection, says its page. libcurl 7.88.1
# (Debian 12) closes one that is still connecting by itself, without the callback: after a connect time-out, and the loser of
# a race between two addresses. A program that opened the socket itself (CURLOPT_OPENSOCKETFUNCTION) and keeps a table goes
# on with numbers that belong to others by then. A refused connection is told. The libcurl inside pycurl 7.45.6 tells of both.
#
# Needs python3 with venv, and apt-get download. Prints `holds`.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get download -qq libcurl4=7.88.1-10+deb12u15 && dpkg -x libcurl4_*.deb libcurl)
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q pycurl==7.45.6
LIBCURL=$(echo "$work"/libcurl/usr/lib/*/libcurl.so.4) "$work/venv/bin/python" - <<'PYTHON'
import ctypes, os, socket, sys
import pycurl

# A listener whose queue is full: a connection to it is neither taken nor refused.
full = socket.socket()
full.bind(("127.0.0.1", 0))
full.listen(0)
fillers = [socket.socket() for _ in range(4)]
for filler in fillers:
    filler.setblocking(False)
    filler.connect_ex(full.getsockname())
closed = socket.socket()
closed.bind(("127.0.0.1", 0))
urls = {
    "connect time-out": f"http://127.0.0.1:{full.getsockname()[1]}/",
    "refused": f"http://127.0.0.1:{closed.getsockname()[1]}/",
}


def system(url):
    """How many sockets the system's libcurl had made, and of how many it told that they be closed."""
    curl = ctypes.CDLL(os.environ["LIBCURL"])
    curl.curl_easy_init.restype = ctypes.c_void_p
    curl.curl_version.restype = ctypes.c_char_p
    made, told = [], []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    def opening(_, purpose, address):
        made.append(socket.socket().detach())
        return made[-1]

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
    def closing(_, number):
        told.append(number)
        os.close(number)
        return 0

    easy = ctypes.c_void_p(curl.curl_easy_init())
    options = {10002: ctypes.c_char_p(url.encode()), 156: ctypes.c_long(300),  # URL, CONNECTTIMEOUT_MS
               20163: opening, 20208: closing}  # OPENSOCKETFUNCTION, CLOSESOCKETFUNCTION
    for option, value in options.items():
        assert curl.curl_easy_setopt(easy, ctypes.c_int(option), value) == 0
    curl.curl_easy_perform(easy)
    curl.curl_easy_cleanup(easy)
    left = [number for number in made if os.path.exists(f"/proc/self/fd/{number}")]
    return curl.curl_version().decode().split()[0], len(made), len(told), len(left)


def bundled(url):
    made, told = [], []
    curl = pycurl.Curl()
    curl.setopt(curl.URL, url)
    curl.setopt(curl.CONNECTTIMEOUT_MS, 300)
    curl.setopt(curl.WRITEFUNCTION, lambda _: None)

    def opening(purpose, address):
        made.append(socket.socket(address[0], address[1], address[2]))
        return made[-1]

    def closing(number):
        told.append(number)
        os.close(number)
        return 0

    curl.setopt(curl.OPENSOCKETFUNCTION, opening)
    curl.setopt(curl.CLOSESOCKETFUNCTION, closing)
    try:
        curl.perform()
    except pycurl.error:
        pass
    curl.close()
    return pycurl.version.split()[1], len(made), len(told), 0  # pycurl has a copy of each


seen = {}
for name, url in urls.items():
    for version, made, told, left in (system(url), bundled(url)):
        print(f"{version:16} {name:17} sockets made {made}, told closed {told}, still open {left}")
        seen[version.split("/")[1], name] = (made, told, left)
new = pycurl.version.split()[1].split("/")[1]
expected = {("7.88.1", "connect time-out"): (1, 0, 0), (new, "connect time-out"): (1, 1, 0),
            ("7.88.1", "refused"): (1, 1, 0), (new, "refused"): (1, 1, 0)}
if seen != expected:
    sys.exit(f"changed; it was {expected}")
print("holds")
PYTHON
