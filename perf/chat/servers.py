"""The servers that are measured: how each is started, how one comes into its room, and how a message is written."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

DLL = pathlib.Path(__file__).resolve().parents[2] / "src/Soket.Cli/bin/Release/net10.0/Soket.Cli.dll"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def listens(port):
    """Whether somebody listens there. Not by connecting: ncat --chat ends when one that has come is gone at once."""
    wanted = f":{port:04X}"
    return any(line.split()[1].endswith(wanted) and line.split()[3] == "0A" for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:])


def processor_time(pid):
    """Seconds of a process so far, user and kernel."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    """One kind of server, on one or more processes that share a room."""

    name = ""
    program = ""
    nodes = 1

    def command(self, port):
        raise NotImplementedError

    def enter(self, number):
        """What a member sends to be in the room; bytes."""
        return b""

    def message(self, text):
        return text.encode() + b"\n"

    def start(self):
        if shutil.which(self.program) is None:
            raise FileNotFoundError(f"{self.program} is not installed")
        self.folder = tempfile.mkdtemp(prefix="soket-perf-")
        self.ports = [free_port() for _ in range(self.nodes)]
        self.processes = [subprocess.Popen(self.command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=self.folder) for port in self.ports]
        for port, process in zip(self.ports, self.processes):
            until = time.monotonic() + 60
            while not listens(port):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{self.name} does not start")
                time.sleep(0.05)

    def time(self):
        return sum(processor_time(process.pid) for process in self.processes)

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder)


class SoketText(Server):
    name = "soket, text"
    program = "dotnet"
    backplane = None

    def command(self, port):
        more = ["--backplane", self.backplane] if self.backplane else []
        return ["dotnet", str(DLL), "serve", "chat", f"tcp://127.0.0.1:{port}", "--rate", "0", "--quiet", *more]

    def enter(self, number):
        return f"/nick m{number}\n".encode()


class SoketJson(SoketText):
    name = "soket, JSON"

    def enter(self, number):
        return f'{{"type":"hello","v":1,"nick":"m{number}","session":""}}\n'.encode()

    def message(self, text):
        return f'{{"type":"say","room":"lobby","text":"{text}"}}\n'.encode()


class NcatChat(Server):
    name = "ncat --chat"
    program = "ncat"
    flag = "--chat"

    def command(self, port):
        return ["ncat", "--listen", "--keep-open", self.flag, "--max-conns", "1020", "127.0.0.1", str(port)]


class NcatBroker(NcatChat):
    name = "ncat --broker"
    flag = "--broker"


class Ngircd(Server):
    name = "ngircd"
    program = "ngircd"

    def command(self, port):
        # No password, no name look-ups, and none of its brakes against floods: soket has none here either.
        settings = pathlib.Path(self.folder) / f"ngircd-{port}.conf"
        settings.write_text(
            f"[Global]\nName = irc.example.test\nInfo = perf\nListen = 127.0.0.1\nPorts = {port}\nMotdPhrase = perf\nPidFile =\n"
            "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\nPingTimeout = 600\nPongTimeout = 60\n"
            "[Options]\nDNS = no\nIdent = no\nPAM = no\nSyslogFacility = local1\n")
        return [shutil.which("ngircd"), "--nodaemon", "--config", str(settings)]

    def enter(self, number):
        return f"NICK m{number}\r\nUSER m{number} 0 * :m\r\nJOIN #lobby\r\n".encode()

    def message(self, text):
        return f"PRIVMSG #lobby :{text}\r\n".encode()


ALL = [SoketText, SoketJson, NcatChat, NcatBroker, Ngircd]
