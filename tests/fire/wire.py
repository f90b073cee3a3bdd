"""Stands between the agent and the plane, with the authority's key on the one side and the agent's own on the
other, and does to usage what networks do: batches that come twice, late, in parts, in another order, and
answers that get lost."""

import collections
import http.client
import http.server
import json
import random
import socket
import ssl
import subprocess
import threading

REPEATED = ("repeat", "halves", "shuffle", "late")


class Away(Exception):
    """The plane did not answer."""


class Wire:
    """A listener for one agent. What it does to a batch is drawn by the seed."""

    def __init__(self, site, port, upstream, seed):
        self.site, self.upstream = site, upstream
        self.random, self.lock = random.Random(seed), threading.Lock()
        self.done, self.kept = collections.Counter(), []
        self.is_calm = False
        # Set whenever a batch is on its way.
        self.moving = threading.Event()
        certificate, key = self.certificate()
        self.inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.inside.load_cert_chain(certificate, key)
        wire = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                wire.carry(self)

            def log_message(self, *_):
                pass

            def setup(self):
                # In the connection's own thread, so that a slow handshake holds up nobody.
                self.request.settimeout(60)
                self.request = wire.inside.wrap_socket(self.request, server_side=True)
                super().setup()

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def certificate(self):
        """One that the agent believes, since the plane's authority signed it."""
        base, keys = self.site.base, self.site.home / "keys"
        key, request, certificate, more = (base / f"wire.{end}" for end in ("key", "csr", "pem", "ext"))
        more.write_text("basicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        for words in (
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=wire",
             "-keyout", key, "-out", request],
            ["x509", "-req", "-in", request, "-CA", keys / "ca.pem", "-CAkey", keys / "ca.key", "-set_serial", "77",
             "-days", "2", "-extfile", more, "-out", certificate],
        ):
            subprocess.run(["openssl", *words], check=True, capture_output=True)
        # Before its enrolment the agent knows the authority by its fingerprint alone.
        with certificate.open("a") as chain:
            chain.write((keys / "ca.pem").read_text())
        return certificate, key

    def connection(self):
        """A way to the plane in the agent's name, as soon as it has one."""
        outside = ssl.create_default_context(cafile=self.site.home / "keys" / "ca.pem")
        state = self.site.base / "agent"
        if (state / "identity.json").exists():
            chain = self.site.base / f"wire-{threading.get_ident()}.pem"
            identity = json.loads((state / "identity.json").read_text())["identity"]["certificate"]
            chain.write_text((state / "key.pem").read_text() + identity)
            outside.load_cert_chain(chain)
        return http.client.HTTPSConnection("127.0.0.1", self.upstream, context=outside, timeout=45)

    def send(self, path, body):
        connection = self.connection()
        try:
            connection.request("POST", path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Away from error
        finally:
            connection.close()

    def carry(self, handler):
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        try:
            is_usage = handler.path.endswith("/usage")
            answer = self.usage(handler.path, body) if is_usage else self.send(handler.path, body)
        except Away:
            answer = None
        if answer is None:
            # No answer, not even a good-bye.
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        status, headers, content = answer
        handler.send_response(status)
        for name, value in headers:
            if name.lower() in ("content-type", "retry-after"):
                handler.send_header(name, value)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def usage(self, path, body):
        request = json.loads(body)
        records = request["records"]
        if not records or self.is_calm:
            return self.send(path, body)
        self.moving.set()
        with self.lock:
            fate = self.random.choice(REPEATED) if self.random.random() < 0.25 else "plain"
            loss = self.random.choices(["none", "answer", "request"], [85, 10, 5])[0]
            old = self.kept.pop() if self.kept and self.random.random() < 0.5 else None
            order = self.random.sample(records, len(records))
            self.done["batches"] += 1
            self.done["records"] += len(records)
            for word in (fate, f"lost {loss}"):
                self.done[word] += 1

        def part(some):
            return self.send(path, json.dumps({**request, "records": some}))

        if loss == "request":
            return None
        if old:
            # From an earlier session perhaps; the session is not under a record's signature.
            self.done["came late"] += 1
            part(old)
        if fate == "repeat":
            self.send(path, body)
        if fate == "halves":
            part(records[len(records) // 2:])
            answer = part(records[:len(records) // 2])
        elif fate == "shuffle":
            answer = part(order)
        else:
            answer = self.send(path, body)
        if fate == "late":
            with self.lock:
                self.kept.append(records)
        return None if loss == "answer" else answer

    def close(self):
        self.server.shutdown()
        self.server.server_close()
