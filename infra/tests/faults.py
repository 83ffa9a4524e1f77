"""Faults that the local AWS does not have: a proxy between the functions and the local AWS that rejects calls."""

import http.client
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# How each service says no, as the functions' AWS clients read it.
QUERY = '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>'
JSON = '{{"Message": "{message}"}}'


class Fault:
    """What a service answers instead of doing what it was asked."""

    action = ""  # any

    def __init__(self, service, status, code, message):
        self.service, self.status, self.code, self.message = service, status, code, message

    def answer(self):
        form, kind = (QUERY, "text/xml") if self.service == "sns" else (JSON, "application/json")
        headers = {"content-type": kind, "x-amzn-errortype": self.code}
        return self.status, headers, form.format(code=self.code, message=self.message).encode()


class Proxy(ThreadingHTTPServer):
    """Passes calls on to the local AWS, except those of an account to a service that has a fault."""

    daemon_threads = True
    request_queue_size = 256  # connections that may wait for their thread

    def __init__(self, handler=None):
        super().__init__(("127.0.0.1", 0), handler or Forward)
        self.behind = None  # the port of the local AWS, which starts later
        self.faults = {}  # by account and service
        self.rejected = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def inject(self, account, fault):
        self.faults[account, fault.service] = fault

    def heal(self, account):
        self.faults = {key: fault for key, fault in self.faults.items() if key[0] != account}


class Instead:
    """What a service answers to one action, where the local AWS answers something that AWS does not."""

    def __init__(self, service, action, body):
        self.service, self.action, self.body = service, action, body

    def answer(self):
        return 200, {"content-type": "text/xml"}, self.body.encode()


class Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # otherwise a response can wait 40 ms for an acknowledgement
    wbufsize = -1  # headers and body in one packet, for the same reason
    behind = None  # the connection to the local AWS: one for each connection of a client

    def handle_call(self):
        self.body = self.rfile.read(int(self.headers.get("content-length", 0)))
        # Credential=<access key, here the account>/20261126/<Region>/<service>/aws4_request
        scope = re.search(r"Credential=([^/]+)/[^/]+/([^/]+)/([^/]+)/", self.headers.get("authorization", ""))
        self.user, self.region, self.service = scope.groups() if scope else ("", "", "")
        fault = self.server.faults.get((self.user, self.service))
        if fault and fault.action.encode() in self.body:
            self.server.rejected += 1
            return self.reply(*fault.answer())
        self.reply(*(self.answer() or self.pass_on(self.command, self.path, self.body, dict(self.headers))))

    def answer(self):
        """What the proxy itself answers: a status, headers and a body. `None` if the local AWS is to answer."""

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_call

    def pass_on(self, method, path, body, headers):
        """What the local AWS answers: a status, headers and a body."""
        self.behind = self.behind or http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=60)
        try:
            self.behind.request(method, path, body, headers)
            response = self.behind.getresponse()
            body = response.read()
        except OSError:
            self.behind.close()
            raise
        wanted = ("content-type", "content-range", "etag", "last-modified", "x-amz")
        kept = {name: value for name, value in response.getheaders() if name.lower().startswith(wanted)}
        return response.status, kept, body

    def reply(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass
