"""Every server that is measured: how it is started, and what it needs to be there."""
import dataclasses
import pathlib
import shutil
import typing

from places import BUILT, PEERS, REFERENCE, SERVERS, SOKET

# The one that Debian's uvloop is for, and for all of Python's servers the same.
PYTHON = "/usr/bin/python3"
INLINE = {"DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS": "1"}


@dataclasses.dataclass(frozen=True)
class Server:
    """A server, and what of the suite it takes part in."""

    key: str
    label: str
    command: typing.Callable[[int, int, int], list]  # port, bytes of a connection's buffer, loops
    needs: typing.Sequence[typing.Union[str, pathlib.Path]] = ()
    environment: typing.Mapping[str, str] = dataclasses.field(default_factory=dict)
    quick: bool = False            # takes part in --quick
    forks: bool = False            # a process a connection: not asked for a thousand
    questions: bool = False        # answers `count` and `collect` (perf/servers)
    scales: bool = False           # uses more than one core when it has them
    limited: bool = False          # has a figure to reach, or is what that is compared with: measured in more rounds
    echoes: bool = True            # what it is sent comes back
    warm_up: float = 0.3           # seconds of load before the first sample; a runtime that compiles as it runs wants more

    @property
    def ours(self):
        """Whether it runs on Soket's engine; such rows stand out."""
        return self.label.startswith("**")

    @property
    def missing(self):
        """What of its needs is not here; empty when it can run."""
        return [str(need) for need in self.needs if not (need.exists() if isinstance(need, pathlib.Path) else shutil.which(need))]


def dotnet(key, label, kind, **more):
    """One of perf/servers."""
    return Server(key, label, lambda port, buffer, loops: [SERVERS, kind, port, buffer, loops], [SERVERS], questions=True, warm_up=1.5, **more)


def reference(key, label, program, *arguments, **more):
    """One of perf/reference."""
    return Server(key, label, lambda port, buffer, loops: [REFERENCE / program, port, *arguments], [REFERENCE / program], **more)


EPOLL = Server("c-epoll", "C epoll", lambda port, buffer, loops: [REFERENCE / "tcp_echo_epoll", port, loops], [REFERENCE / "tcp_echo_epoll"], quick=True, limited=True, scales=True)
SINK = reference("sink", "C sink", "tcp_sink", echoes=False)
SILENT_SINK = reference("silent-sink", "C sink", "tcp_sink", "silent", echoes=False)

TCP = [
    EPOLL,
    reference("c-uring", "C io_uring", "tcp_echo_uring", quick=True),
    reference("libuv", "libuv (C)", "tcp_echo_uv", quick=True),
    Server("go", "Go", lambda port, buffer, loops: [BUILT / "tcp_echo_go", port, buffer], [BUILT / "tcp_echo_go"], quick=True, scales=True),
    Server("node", "node", lambda port, buffer, loops: ["node", PEERS / "tcp_echo.js", port], ["node"], warm_up=1.0),
    Server("asyncio", "Python asyncio", lambda port, buffer, loops: [PYTHON, PEERS / "asyncio_echo.py", port], [PYTHON]),
    Server("uvloop", "Python uvloop", lambda port, buffer, loops: [PYTHON, PEERS / "asyncio_echo.py", port, "uvloop"],
           [PYTHON, pathlib.Path("/usr/lib/python3/dist-packages/uvloop")]),
    Server("threads", "Python, a thread a connection", lambda port, buffer, loops: [PYTHON, PEERS / "threaded_echo.py", port], [PYTHON]),
    Server("ncat", "ncat -k -e cat", lambda port, buffer, loops: ["ncat", "-l", "-k", "-m", 200, "-e", "/bin/cat", "127.0.0.1", port], ["ncat"], forks=True),
    Server("socat", "socat fork, cat", lambda port, buffer, loops: ["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,nodelay,backlog=4096", "EXEC:/bin/cat"],
           ["socat"], forks=True),
    dotnet("net", ".NET sockets", "sockets", quick=True, scales=True),
    dotnet("net-inline", ".NET sockets, inline completions", "sockets", environment=INLINE, quick=True),
    dotnet("kestrel", "Kestrel", "kestrel", quick=True, scales=True),
    dotnet("kestrel-inline", "Kestrel, inline scheduling", "kestrel-inline", environment=INLINE),
    dotnet("soket-managed", "Soket, managed transport", "soket-managed"),
    dotnet("soket-loop", "**Soket, a stream on the loop**", "loop", quick=True, scales=True),
    dotnet("soket", "**Soket, message service**", "message", quick=True, limited=True, scales=True),
    dotnet("soket-duplex-inline", "**Soket, duplex, inline scheduling**", "duplex-inline", quick=True, limited=True),
    dotnet("soket-duplex", "**Soket, duplex, thread pool**", "duplex", quick=True),
    dotnet("soket-kestrel-inline", "**Kestrel on Soket's transport, inline scheduling**", "kestrel-soket-inline", quick=True),
    dotnet("soket-kestrel", "**Kestrel on Soket's transport**", "kestrel-soket", quick=True, scales=True),
    Server("soket-serve", "**`soket serve`**", lambda port, buffer, loops: [
        "dotnet", SOKET, "serve", "echo", f"tcp://127.0.0.1:{port}", "--quiet", "--no-delay", "on", "--backlog", 4096, "--max-connections", 20000],
        ["dotnet", SOKET], warm_up=1.5),
]

UDP = [
    reference("c-one", "C recvfrom, sendto", "udp_echo", "one", quick=True, limited=True),
    reference("c-many", "C recvmmsg, sendmmsg", "udp_echo", "many", quick=True, limited=True),
    dotnet("net", ".NET ReceiveFromAsync(SocketAddress)", "datagrams", quick=True),
    dotnet("net-inline", ".NET the same, inline completions", "datagrams", environment=INLINE),
    dotnet("net-blocking", ".NET ReceiveFrom, blocking", "datagrams-blocking"),
    dotnet("soket-managed", "Soket, managed transport", "soket-managed-udp"),
    dotnet("soket", "**Soket, message service**", "message-udp", quick=True, limited=True),
]


def present(servers, quick):
    """Those that take part and can run."""
    return [server for server in servers if (server.quick or not quick) and not server.missing]
