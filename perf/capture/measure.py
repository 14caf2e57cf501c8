"""Packets a CPU second (user and kernel, of the whole process) of reading one capture file: Soket, tcpdump and tshark in turns.

A run that did not see every packet is no run. What starting costs by itself is measured on an empty capture and told beside.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PACKETS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
TSHARK_PACKETS = min(PACKETS, 200_000)  # it takes some 10 µs a packet and keeps a state for each connection
APP = pathlib.Path(__file__).resolve().parent / "bin/Release/net10.0/capture"
SOKET = str(pathlib.Path(__file__).resolve().parents[2] / "soket")


def run(command):
    """CPU seconds, wall seconds, peak memory in MiB, the last line of the output and how many lines there were."""
    with tempfile.TemporaryFile() as out:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        if status != 0:
            sys.exit(f"{' '.join(command)} ended with {status}")
        out.seek(0)
        lines, last = 0, b""
        for last in out:
            lines += 1
        return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, last.decode(errors="replace"), lines


def main():
    with tempfile.TemporaryDirectory() as folder:
        full, short, none = (f"{folder}/{name}.pcap" for name in ("full", "short", "none"))
        for file, packets in ((full, PACKETS), (short, TSHARK_PACKETS), (none, 0)):
            subprocess.run([APP, "make", file, str(packets)], check=True)
        print(f"{PACKETS:,} packets, {os.path.getsize(full) / 1e6:,.0f} MB; tshark: {TSHARK_PACKETS:,} packets")
        ways = {
            "soket, read only": lambda file: [str(APP), "read", file],
            "soket, decoded": lambda file: [str(APP), "decode", file],
            "tcpdump -w /dev/null": lambda file: ["tcpdump", "-Z", "root", "-r", file, "-w", "/dev/null"],
            "soket trace --list": lambda file: [SOKET, "trace", file, "--list"],
            "soket trace --packets": lambda file: [SOKET, "trace", file, "--packets"],
            "tcpdump -n (one line each)": lambda file: ["tcpdump", "-n", "-r", file],
            "tcpdump -nS (no counting)": lambda file: ["tcpdump", "-nS", "-r", file],
            "tshark -n (one line each)": lambda file: ["tshark", "-n", "-r", file],
        }
        results = {name: [] for name in ways}
        for _ in range(RUNS):
            for name, command in ways.items():
                slow = name.startswith("tshark")
                file, packets = (short, TSHARK_PACKETS) if slow else (full, PACKETS)
                start = run(command(none))[0]
                cpu, wall, memory, last, lines = run(command(file))
                seen = int(last.split()[0]) if name.startswith("soket,") else packets if "-w" in name or "--list" in name else lines - ("--packets" in name and lines > packets)
                if seen != packets:
                    sys.exit(f"{name} saw {seen} packets of {packets}")
                results[name].append((packets / cpu, packets / (cpu - start), start, wall, memory))
        print(f"{'':28}{'packets/CPU s':>15}{'without start':>15}{'start, s':>10}{'wall, s':>9}{'peak MiB':>10}")
        for name, rows in results.items():
            whole, rest, start, wall, memory = (statistics.median(column) for column in zip(*rows))
            print(f"{name:28}{whole:>15,.0f}{rest:>15,.0f}{start:>10.2f}{wall:>9.2f}{memory:>10.0f}")


main()
