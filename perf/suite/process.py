"""Servers and load generators as processes: started on their cores, waited for, ended."""
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import time

from places import BUILT, REFERENCE

# What follows from the rest of a sample, and what is worth a line only when it is not 0: some hundred thousand bytes less in what is kept.
IMPLIED = ("mode", "seconds", "gb_per_s", "all")
USUALLY_NOTHING = ("lost", "late", "unreturned", "unended", "stolen_cores")

_next_port = 20000


def free_port():
    """A port that nobody listens on, below those the system gives to clients (32768 and up), so that none of their connections takes it meanwhile."""
    global _next_port
    while True:
        _next_port = _next_port + 1 if _next_port < 32000 else 20001
        with contextlib.suppress(OSError), socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind(("127.0.0.1", _next_port))
            udp.bind(("127.0.0.1", _next_port))
            return _next_port


def pinned(cores, command):
    return ["taskset", "-c", ",".join(map(str, cores)), *map(str, command)]


class Running:
    """A server that runs: `with Running(server) as it`."""

    def __init__(self, server, cores=(0,), buffer=65536, loops=1, datagrams=False):
        self.server, self.port = server, free_port()
        command = pinned(cores, server.command(self.port, buffer, loops))
        BUILT.mkdir(parents=True, exist_ok=True)
        self.log = open(BUILT / f"{server.key}.log", "w")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ, **server.environment},
                                        start_new_session=True)
        try:
            self.wait(datagrams)
        except BaseException:
            self.stop()
            raise

    def wait(self, datagrams):
        """Until it answers: not every peer says when it listens."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.server.label} ended with {self.process.returncode}; see {self.log.name}")
            if self.answers(datagrams):
                if self.server.questions:
                    self.read_line("ready")
                return
            time.sleep(0.02)
        raise RuntimeError(f"{self.server.label} does not answer")

    def answers(self, datagrams):
        with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM) as probe:
            probe.settimeout(1 if not datagrams else 0.1)
            probe.connect(("127.0.0.1", self.port))
            if not self.server.echoes:
                return True
            probe.sendall(b"halo")
            return probe.recv(4) == b"halo"
        return False

    def read_line(self, expected=None):
        line = self.process.stdout.readline().rstrip("\n")
        if expected and line != expected:
            raise RuntimeError(f"{self.server.label} said {line!r} instead of {expected}")
        return line

    def ask(self, question):
        """What a .NET server says of its memory: {"allocated", "heap"}."""
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return json.loads(self.read_line())

    def processes(self):
        """Itself and its descendants."""
        found, waiting = [], [self.process.pid]
        while waiting:
            found.append(waiting.pop())
            for task in pathlib.Path(f"/proc/{found[-1]}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    waiting += map(int, task.read_text().split())
        return found

    def resident(self):
        """Bytes of memory of the process and its descendants that are in RAM."""
        total = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                total += sum(int(line.split()[1]) for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Rss:"))
        return total * 1024

    def descriptors(self):
        count = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                count += len(os.listdir(f"/proc/{pid}/fd"))
        return count

    def stop(self):
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        for signal, patience in ((15, 3), (9, 3)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
                break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)  # children of its own that stayed
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def generate(program, running, core, seconds, warm_up, **options):
    """One sample of a reference generator against a running server: what it printed, or {"error"}."""
    command = [REFERENCE / program, "--port", running.port, "--server-pid", running.process.pid, "--core", core, "--seconds", seconds, "--warm-up", warm_up]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", value]
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds + warm_up + 30)
    except subprocess.TimeoutExpired:
        return {"error": "the generator did not come to its end"}
    try:
        return {name: value for name, value in json.loads(done.stdout).items() if name not in IMPLIED and (value != 0 or name not in USUALLY_NOTHING)}
    except ValueError:
        return {"error": (done.stderr or f"exit code {done.returncode}").strip()[:200]}
