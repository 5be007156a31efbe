#!/bin/sh
# FastWARC 2.0.1, `fastwarc check -p`: a valid revisit is counted as failed.
#
# A revisit of profile identical-payload-digest has no payload; its WARC-Payload-Digest is that of the record that it
# refers to (ISO 28500:2017, 5.9 and 6.7.2). `fastwarc check -p` computes the digest of the nothing that follows the HTTP
# head, finds another one, lists the record under "Failed records" and exits with 1. Without -p it passes, and so it does
# with `warcio check` 1.8.1, which takes no payload digest of a revisit. Whoever checks archives with -p has to leave out
# files with revisits. The file is made by warcio itself.
#
# Needs python3 with venv. Prints `holds`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check warcio==1.8.1 fastwarc==2.0.1
cat > "$folder/make.py" <<'END'
import io, sys
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

def head():
    return StatusAndHeaders("200 OK", [("Content-Type", "text/plain")], protocol="HTTP/1.1")

with open(sys.argv[1], "wb") as file:
    writer = WARCWriter(file, gzip=True, warc_version="1.1")
    page = writer.create_warc_record(
        "http://site.example/a", "response", payload=io.BytesIO(b"a page"), http_headers=head())
    writer.write_record(page)
    header = page.rec_headers.get_header
    writer.write_record(
        writer.create_revisit_record(
            "http://site.example/b", header("WARC-Payload-Digest"), "http://site.example/a", header("WARC-Date"),
            http_headers=head()))
END
cd "$folder"
venv/bin/python make.py two.warc.gz
venv/bin/warcio check two.warc.gz
venv/bin/fastwarc check -q two.warc.gz
if venv/bin/fastwarc check -p two.warc.gz > said 2> progress; then
    echo "it passes now" >&2
    exit 1
fi
[ "$(grep -c '<urn:uuid:' said)" = 1 ] && grep -q '^Failed records:' said
echo holds
