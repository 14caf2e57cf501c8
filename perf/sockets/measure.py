"""The table of many sockets with who holds each, by `ss -tanp` and by `soket sockets tcp --each`: processor time, in turn, on the same sockets.

Both print one row a socket, and every row is counted. The time of the runtime's start is what it takes in the same round before these sockets are there;
it is taken off in one column and left in in the other.
"""
import os
import pathlib
import resource
import socket
import statistics
import struct
import subprocess
import sys

SOCKETS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 11
SOKET = str(pathlib.Path(__file__).resolve().parents[2] / "soket")
PROGRAMS = {"ss -tanp": ["ss", "-tanp"], "soket sockets": [SOKET, "sockets", "tcp", "--each"]}


def spent(command):
    """Seconds in user and kernel, wall clock, and how many rows name this process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = os.times().elapsed
    out = subprocess.run(command, capture_output=True, check=True).stdout
    wall = os.times().elapsed - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    me = [f"pid={os.getpid()},".encode(), f"{os.getpid()}/".encode()]
    rows = sum(any(word in line for word in me) for line in out.splitlines())
    return after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime, wall, rows


def median(runs):
    return [statistics.median(column) for column in zip(*runs)]


def open_sockets(listener):
    """Both ends of so many connections; the listener is one of the sockets."""
    kept = []
    while len(kept) < SOCKETS - 1:
        client = socket.create_connection(listener.getsockname())
        kept += [client, listener.accept()[0]]
    for one in kept:  # closed by a reset, so that the next round finds no TIME_WAIT
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return kept


listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
empty = {name: [] for name in PROGRAMS}
runs = {name: [] for name in PROGRAMS}
for _ in range(RUNS):
    for name, command in PROGRAMS.items():
        empty[name].append(spent(command)[:2])
    kept = open_sockets(listener)
    for name, command in PROGRAMS.items():
        *times, rows = spent(command)
        if rows != len(kept) + 1:
            sys.exit(f"{name}: {rows} rows of {len(kept) + 1}")
        runs[name].append(times)
    for one in kept:
        one.close()

def less_start(name):
    return [sum(full[:2]) - sum(start) for full, start in zip(runs[name], empty[name])]


print(f"{len(kept) + 1} sockets, medians of {RUNS} runs in turn, load {os.getloadavg()[0]:.1f}")
print(f"{'':16}{'cpu':>9}{'user':>9}{'kernel':>9}{'wall':>9}{'cpu less start':>16}")
for name, times in runs.items():
    user, kernel, wall = median(times)
    less = statistics.median(less_start(name))
    print(f"{name:16}{user + kernel:8.3f}s{user:8.3f}s{kernel:8.3f}s{wall:8.3f}s{less:15.3f}s")
pairs = [b / a for a, b in zip(less_start("ss -tanp"), less_start("soket sockets"))]
whole = [sum(b[:2]) / sum(a[:2]) for a, b in zip(runs["ss -tanp"], runs["soket sockets"])]
print(f"soket to ss, processor time: {statistics.median(pairs):.2f} without the start, {statistics.median(whole):.2f} as a whole")
