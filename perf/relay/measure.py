"""2 GB through a relay on loopback, side by side with socat: time, and the relay's processor time a gigabyte from /proc/PID/stat.

One connection, sends of 64 KiB; the receiver counts every byte, and a run whose count is wrong is no run. The programs take turns.
"""
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import threading
import time

TOTAL = 2 * 10**9
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
DLL = pathlib.Path(__file__).resolve().parents[2] / "src/Soket.Cli/bin/Release/net10.0/Soket.Cli.dll"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def processor_time(pid):
    """Ticks in user and kernel, of the process and of the child that socat forks for a connection."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks = [0, 0]
    for one in [str(pid), *children]:
        fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        ticks[0] += int(fields[11])
        ticks[1] += int(fields[12])
    return ticks


def connect(port, process):
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if process.poll() is not None:
                raise
            time.sleep(0.02)


def measure(command, port, target):
    received = 0
    done = threading.Event()
    let_go = threading.Event()

    def receive():
        nonlocal received
        connection, _ = target.accept()
        room = bytearray(256 * 1024)
        with connection:
            while count := connection.recv_into(room):
                received += count
            done.set()
            let_go.wait()  # until the relay's time has been read: socat's child goes with the connection

    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    receiver = threading.Thread(target=receive)
    receiver.start()
    client = connect(port, process)
    block = bytes(65536)
    client.sendall(block)  # the connection to the target is made, and what is compiled on the way is compiled
    sent = len(block)
    before = processor_time(process.pid)
    started = time.monotonic()
    while sent < TOTAL:
        client.sendall(block)
        sent += len(block)
    client.shutdown(socket.SHUT_WR)
    done.wait()
    elapsed = time.monotonic() - started
    after = processor_time(process.pid)
    let_go.set()
    receiver.join()
    client.close()
    process.terminate()
    process.wait()
    if received != sent:
        raise SystemExit(f"{command[0]}: {sent} bytes sent, {received} received")
    ticks = os.sysconf("SC_CLK_TCK") * (TOTAL / 10**9)
    return elapsed, (after[0] - before[0]) / ticks, (after[1] - before[1]) / ticks


def main():
    results = {}
    for _ in range(RUNS):
        with socket.create_server(("127.0.0.1", 0)) as target:
            to, port = target.getsockname()[1], free_port()
            listen = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork"
            for name, command in {
                "soket relay": ["dotnet", str(DLL), "relay", f"tcp://127.0.0.1:{port}", f"127.0.0.1:{to}", "--quiet"],
                "socat": ["socat", listen, f"TCP:127.0.0.1:{to}"],
                "socat -b 65536": ["socat", "-b", "65536", listen, f"TCP:127.0.0.1:{to}"],
                "socat -b 262144": ["socat", "-b", "262144", listen, f"TCP:127.0.0.1:{to}"],
            }.items():
                results.setdefault(name, []).append(measure(command, port, target))
    print(f"medians of {RUNS} runs, {TOTAL / 10**9:g} GB each")
    for name, runs in results.items():
        elapsed, user, system = (statistics.median(column) for column in zip(*runs))
        both = statistics.median(run[1] + run[2] for run in runs)
        print(f"{name:16} {TOTAL / 10**9 / elapsed:5.2f} GB/s   {both:5.2f} s CPU/GB  (user {user:.2f}, kernel {system:.2f})")


main()
