"""protego-answers.py FOLDER AGENT...: what protego says of the robots.txt files in its own source archive.

FOLDER is the unpacked archive. For each file `F name` is printed, then a line for each path: an answer for each agent in
the order given (1 allowed, 0 refused), a space, the path as it stands in a canonical URL. The paths come from the file's
own rules; nothing is random.
"""

import os
import re
import sys

PATHS = 48
RULE = re.compile(r"^[ \t]*(?:dis)?allow[ \t]*:[ \t]*([^#\r\n]*)", re.IGNORECASE | re.MULTILINE)
ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}")
KEPT = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/?")


def canonical(path):
    """Path and query of a URL as the crawler keeps it: escaped where it must be, escapes in upper case, no fragment."""
    data = path.partition("#")[0].encode("utf-8", "replace")
    result = bytearray()
    at = 0
    while at < len(data):
        escape = ESCAPE.match(data, at)
        if escape:
            result += escape.group().upper()
            at += 3
        else:
            result += bytes([data[at]]) if data[at] in KEPT else b"%%%02X" % data[at]
            at += 1
    text = result.decode("ascii")
    return text if text.startswith("/") else "/" + text


def variants(pattern):
    """Paths that match the pattern, and some that nearly do."""
    yield pattern.replace("*", "").removesuffix("$")
    yield pattern.replace("*", "x").removesuffix("$") + "x"
    yield pattern.replace("*", "a/b.c?d=e").removesuffix("$")
    yield pattern.replace("*", "0")
    yield pattern.replace("*", "").removesuffix("$")[:-1]
    yield pattern + "index.html"


def paths(text):
    patterns = list(dict.fromkeys(value.strip() for value in RULE.findall(text)))
    patterns = [pattern for pattern in patterns if pattern and len(pattern) < 2000]
    step = max(1, -(-len(patterns) * 6 // PATHS))
    found = ["/", "/index.html", "/robots.txt?x"]
    for pattern in patterns[::step]:
        found += [canonical(variant) for variant in variants(pattern)]
    return list(dict.fromkeys(found))


def main(folder, agents):
    sys.path.insert(0, os.path.join(folder, "src"))
    from protego import Protego

    data = os.path.join(folder, "tests", "test_data")
    for name in sorted(os.listdir(data)):
        with open(os.path.join(data, name), "rb") as file:
            text = file.read().decode("utf-8-sig", "replace")
        parser = Protego.parse(text)
        lines = ["F " + name]
        for path in paths(text):
            url = "https://site.example" + path
            lines.append("".join("1" if parser.can_fetch(url, agent) else "0" for agent in agents) + " " + path)
        sys.stdout.write("\n".join(lines) + "\n")


main(sys.argv[1], sys.argv[2:])
