"""A name server and a site with TLS, on the loopback: site.py CERTIFICATE KEY. The name server knows every name."""

import http.server
import socket
import ssl
import struct
import sys
import threading


def answer(query):
    """One A record with 127.0.0.1, for whatever is asked; nothing for other types."""
    end = 12
    while query[end]:
        end += query[end] + 1
    question = query[12 : end + 5]
    is_address = question[-4:-2] == b"\0\1"
    head = query[:2] + b"\x81\x80\0\1" + struct.pack(">H", is_address) + b"\0\0\0\0"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1"
    return head + question + (record if is_address else b"")


def serve_names():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.53", 53))
    while True:
        query, client = server.recvfrom(4096)
        server.sendto(answer(query), client)


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        is_broken = self.path.startswith("/broken")
        body = b"error code: 520" if is_broken else b"a page"
        self.send_response(520 if is_broken else 200)
        self.send_header("Content-Length", str(len(body)))
        if is_broken:
            self.send_header("Server", "cloudflare")
            self.send_header("CF-RAY", "7d0a1b2c3d4e5f60-FRA")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


threading.Thread(target=serve_names, daemon=True).start()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
site = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Pages)
site.socket = context.wrap_socket(site.socket, server_side=True)
site.serve_forever()
