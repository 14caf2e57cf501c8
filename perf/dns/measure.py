"""100,000 names from nsd on loopback, side by side: soket dns --file, dnsperf and dig's batch mode. They take turns; every answer is counted.

dnsperf counts the questions itself, soket and dig print the answers, which are compared with the zone. Soket's time is that of the whole process, start-up
included; it takes dig 10 times as long, so dig gets a tenth of the names.
"""
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

NAMES = 100_000
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
DLL = pathlib.Path(__file__).resolve().parents[2] / "src/Soket.Cli/bin/Release/net10.0/Soket.Cli.dll"
os.environ["PATH"] += ":/usr/sbin:/sbin"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def address(i):
    return f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"


def start(folder, port):
    (folder / "zone").write_text("$ORIGIN example.test.\n$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 127.0.0.1\n" + "".join(f"n{i} A {address(i)}\n" for i in range(NAMES)))
    (folder / "nsd.conf").write_text(f"""
server:
  ip-address: 127.0.0.1@{port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  pidfile: "{folder}/pid"
  database: ""
  zonelistfile: "{folder}/list"
  xfrdfile: ""
  xfrdir: "{folder}"
remote-control:
  control-enable: no
zone:
  name: "example.test"
  zonefile: zone
""")
    process = subprocess.Popen(["nsd", "-d", "-c", str(folder / "nsd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except ConnectionRefusedError:
            if process.poll() is not None:
                raise
            time.sleep(0.05)


def soket(folder, port):
    started = time.monotonic()
    run = subprocess.run(["dotnet", str(DLL), "dns", "--file", str(folder / "names"), "--short", "--quiet", "--parallel", "100", f"@127.0.0.1:{port}"], capture_output=True, text=True)
    elapsed = time.monotonic() - started
    if run.returncode != 0 or run.stdout.split() != [address(i) for i in range(NAMES)]:
        raise SystemExit(f"soket: exit code {run.returncode}, {len(run.stdout.split())} answers\n{run.stderr[:1000]}")
    return NAMES / elapsed


def dnsperf(folder, port):
    run = subprocess.run(["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(folder / "questions"), "-n", "1", "-q", "100", "-c", "1", "-T", "1"], capture_output=True, text=True)
    completed = int(re.search(r"Queries completed:\s+(\d+)", run.stdout).group(1))
    if completed != NAMES:
        raise SystemExit(f"dnsperf: {completed} answers\n{run.stdout}{run.stderr}")
    return float(re.search(r"Queries per second:\s+([0-9.]+)", run.stdout).group(1))


def dig(folder, port):
    started = time.monotonic()
    run = subprocess.run(["dig", "@127.0.0.1", "-p", str(port), "+short", "-f", str(folder / "some")], capture_output=True, text=True)
    elapsed = time.monotonic() - started
    if run.stdout.split() != [address(i) for i in range(NAMES // 10)]:
        raise SystemExit(f"dig: {len(run.stdout.split())} answers\n{run.stderr[:1000]}")
    return NAMES / 10 / elapsed


def main():
    results = {}
    with tempfile.TemporaryDirectory() as name:
        folder, port = pathlib.Path(name), free_port()
        (folder / "names").write_text("".join(f"n{i}.example.test\n" for i in range(NAMES)))
        (folder / "some").write_text("".join(f"n{i}.example.test\n" for i in range(NAMES // 10)))
        (folder / "questions").write_text("".join(f"n{i}.example.test A\n" for i in range(NAMES)))
        server = start(folder, port)
        try:
            for _ in range(RUNS):
                for what in (soket, dnsperf, dig):
                    results.setdefault(what.__name__, []).append(what(folder, port))
        finally:
            server.terminate()
            server.wait()
    print(f"medians of {RUNS} runs, {NAMES} names")
    base = statistics.median(results["soket"])
    for what, rates in results.items():
        print(f"{what:8} {statistics.median(rates):10,.0f} answers/s   soket is {base / statistics.median(rates):.2f} of it")


main()
