"""What it was measured on."""
import datetime
import os
import pathlib
import platform
import re
import subprocess


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return next((line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()), None)


def version(*command):
    """The first number with a dot in what a program says of itself."""
    found = re.search(r"\d+(\.\d+)+", first_line(*command) or "")
    return found.group() if found else None


def package(name):
    return version("dpkg-query", "-W", "-f", "${Version}\n", name)


def facts():
    model = re.search(r"model name\s*: (.*)|Model\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": first_line("git", "rev-parse", "--short=12", "HEAD"),
        "cpu": (model.group(1) or model.group(2)).strip() if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release().split("-")[0],
        "load": round(os.getloadavg()[0], 2),
        "versions": {
            "gcc": version("cc", "-dumpfullversion"), "liburing": package("liburing-dev"), "libuv": package("libuv1-dev"), "go": version("go", "version"),
            "node": version("node", "--version"), "python": version("/usr/bin/python3", "--version"), "uvloop": package("python3-uvloop"),
            "ncat": version("ncat", "--version"), "socat": package("socat"), "dotnet": version("dotnet", "--version"),
            "iperf3": version("iperf3", "--version"), "sockperf": package("sockperf"),
        },
    }
