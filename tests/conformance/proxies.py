"""nginx and HAProxy as a user would put them in front, and a relay behind them that sees what they send.

    client ── proxy ── Relay ── parley

Everything but the server listens on Unix sockets in a temporary directory: no ports, no service, no privileges.
A proxy keeps one connection to the server and uses it for all clients, so that an answer too many on it would reach
the wrong one.
"""

import os
import pathlib
import pwd
import re
import select
import shutil
import socket
import subprocess
import tempfile
import threading

from parley_server import PATIENCE, ROOT, poll

UNPACKED = ROOT / "build/conformance/proxies"

# A final answer of parley: its first field is Date. No body of its own has such lines.
FINAL_ANSWER = re.compile(rb"HTTP/1\.1 [2-5]\d\d [^\r\n]*\r\nDate: ")


def environment():
    libraries = ":".join(str(path) for path in UNPACKED.glob("usr/lib/*-linux-gnu"))
    return {**os.environ, "LD_LIBRARY_PATH": libraries}


class Relay:
    """Passes bytes on and keeps them: what a proxy sent to the server on each connection, and what came back."""

    class Connection:
        def __init__(self):
            self.sent = b""
            self.answered = b""

        def answers(self):
            return len(FINAL_ANSWER.findall(self.answered))

    def __init__(self, path, port):
        self.port = port
        self.connections = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                proxy, _ = self.listener.accept()
            except OSError:
                return  # closed
            connection = Relay.Connection()
            self.connections.append(connection)
            threading.Thread(target=self._pass_on, args=(connection, proxy), daemon=True).start()

    def _pass_on(self, connection, proxy):
        """Until the proxy closes: whatever comes after that, nobody reads."""
        with proxy, socket.create_connection(("127.0.0.1", self.port)) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sources = [proxy, server]
            while True:
                for source in select.select(sources, [], [])[0]:
                    try:
                        data = source.recv(1 << 16)
                        if source is proxy:
                            connection.sent += data
                            server.sendall(data)
                        elif data:
                            connection.answered += data
                            proxy.sendall(data)
                        else:
                            sources.remove(server)
                            proxy.shutdown(socket.SHUT_WR)
                    except OSError:
                        return
                    if source is proxy and not data:
                        return

    def answers(self):
        return sum(connection.answers() for connection in self.connections)

    def close(self):
        self.listener.close()


class Proxy:
    """One proxy process with its relay. `answers()`: how many of the server's answers it took for its own."""

    name = ""
    command_name = ""
    buffering = "off"  # request bodies go to the server as they come

    def __init__(self, server_port):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="parley-proxy-"))
        self.address = self.home / "front.sock"
        self.relay = Relay(self.home / "back.sock", server_port)
        self.process = None

    def start(self):
        with open(self.home / "output", "wb") as output:
            self.process = subprocess.Popen(
                self.command(), cwd=self.home, env=environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            poll(self._listens, f"{self.name} listens", 10)
        except AssertionError:
            self.close()
            raise
        return self

    def _listens(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {(self.home / 'output').read_text(errors='replace')}")
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.address)) == 0

    @classmethod
    def program(cls):
        """Where it is; None when it is not there."""
        for path in (UNPACKED / "usr/sbin" / cls.command_name, pathlib.Path("/usr/sbin") / cls.command_name):
            if path.exists():
                return str(path)
        return None

    def command(self):
        raise NotImplementedError

    def answers(self):
        raise NotImplementedError

    def close(self):
        """The proxy first: it ends the relay's connections."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(10 * PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.relay.close()
        shutil.rmtree(self.home, ignore_errors=True)


class Nginx(Proxy):
    name = "nginx"
    command_name = "nginx"
    buffering = "on"  # request bodies reach the server whole, with Content-Length

    def command(self):
        folders = "".join(
            f"    {kind}_temp_path {self.home}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = f"user {pwd.getpwuid(0).pw_name};\n" if os.geteuid() == 0 else ""
        (self.home / "nginx.conf").write_text(
            f"""{user}daemon off;
worker_processes 1;
pid {self.home}/pid;
error_log {self.home}/error.log info;
events {{ worker_connections 256; }}
http {{
{folders}
    log_format answers '$status "$upstream_http_date" $request';
    access_log {self.home}/access.log answers;
    upstream parley {{
        server unix:{self.home}/back.sock;
        keepalive 1;
    }}
    server {{
        listen unix:{self.address};
        location / {{
            proxy_pass http://parley;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_request_buffering {self.buffering};
            proxy_next_upstream off;
        }}
    }}
}}
""",
            encoding="ascii",
        )
        return [self.program(), "-p", str(self.home), "-c", str(self.home / "nginx.conf")]

    def log(self):
        path = self.home / "access.log"
        return path.read_text(encoding="latin-1").splitlines() if path.exists() else []

    def answers(self):
        return sum(' GMT" ' in line for line in self.log())


class StreamingNginx(Nginx):
    name = "nginx, streaming"
    buffering = "off"


class Haproxy(Proxy):
    name = "HAProxy"
    command_name = "haproxy"

    def command(self):
        self.lines = []
        self.log_socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.log_socket.bind(str(self.home / "log.sock"))
        threading.Thread(target=self._read_log, daemon=True).start()
        (self.home / "haproxy.cfg").write_text(
            f"""global
    log {self.home}/log.sock len 8192 format raw local0
    nbthread 1
    maxconn 256
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
    http-reuse always
frontend front
    bind unix@{self.address}
    log global
    capture response header Date len 40
    log-format "%ST %ts %hs %r"
    default_backend back
backend back
    server parley unix@{self.home}/back.sock pool-max-conn 1
""",
            encoding="ascii",
        )
        return [self.program(), "-db", "-f", str(self.home / "haproxy.cfg")]

    def _read_log(self):
        while True:
            try:
                line = self.log_socket.recv(1 << 16)
            except OSError:
                return
            self.lines.append(line.decode("latin-1").rstrip())

    def close(self):
        super().close()
        self.log_socket.close()

    def log(self):
        return list(self.lines)

    def answers(self):
        return sum(" GMT} " in line for line in self.log())
