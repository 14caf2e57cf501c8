"""How each load generator is run, and what it says: a function that gives a sample, and in how many rounds it is asked.

C and `soket bench` tell their own processor time between two moments of steady traffic. What does not tell is run twice, a second and two: what the longer run
took more is no start and no end.
"""
import json
import re
import resource
import shutil
import subprocess
import time

import process
from places import REFERENCE, SOKET

FEW = 3  # rounds of what can only be run for whole seconds
STREAM = 65536


def echo(plan, port, load):
    """Those that can talk to the C server at this port; sockperf talks only to its own, with one message on its way."""
    programs = {"c": (lambda: c(port, plan, load.options), plan.rounds + plan.more_rounds)}
    if soket_bench():
        options = ["--connections", load.connections, "--in-flight", load.in_flight, "--size", load.size]
        programs["soket"] = (lambda: soket(port, plan, options), plan.rounds + plan.more_rounds)
    if not plan.quick and shutil.which("sockperf") and (load.connections, load.in_flight) == (1, 1):
        programs["sockperf"] = (sockperf, FEW)
    return programs


def stream(plan, telling, silent):
    """One stream of sends of 64 KiB; a message is 64 KiB here. C's own sender checks with the sink how much came; others do not expect it to say."""
    programs = {"c": (lambda: c(telling, plan, {"mode": "stream", "size": STREAM}), plan.rounds)}
    if soket_bench():
        programs["soket"] = (lambda: soket(silent, plan, ["--mode", "stream", "--direction", "up", "--size", STREAM]), plan.rounds)
    if not plan.quick and shutil.which("iperf3"):
        programs["iperf3"] = (iperf3, FEW)
    return programs


def spent(command):
    """A program on the generator's core: its processor time, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(process.pinned([1], command), capture_output=True, text=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError((done.stderr or done.stdout).strip()[-200:])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def c(port, plan, options):
    command = [REFERENCE / "tcp_load", "--port", port, "--seconds", plan.seconds, "--warm-up", plan.warm_up]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", value]
    said = json.loads(spent(command)[1])
    return {"own_us": said["own_us"], "rate": said["rate"], "messages": said["messages"]}


def soket_bench():
    """Whether this build has the verb."""
    return SOKET.exists() and subprocess.run(["dotnet", str(SOKET), "bench", "--help"], capture_output=True).returncode == 0


def soket(port, plan, options):
    """Its warm-up is long enough for what is compiled as it runs."""
    said = json.loads(spent(["dotnet", SOKET, "bench", f"tcp://127.0.0.1:{port}", *options, "--duration", f"{plan.seconds:g}s", "--warm-up", "1s", "--json"])[1].splitlines()[-1])
    measured, seconds = said["measured"], said["measured"]["elapsed_us"] / 1e6
    messages = measured["bytes_sent"] / STREAM if said["plan"]["mode"] == "stream" else measured["completed"]
    return {"own_us": round(said["generator"]["process"] * seconds * 1e6 / messages, 4), "rate": round(messages / seconds), "messages": round(messages),
            "verdict": said["generator"]["verdict"]}


def twice(run):
    """`run(seconds)` gives processor time and messages."""
    (few_cpu, few), (many_cpu, many) = run(1), run(2)
    return {"own_us": round((many_cpu - few_cpu) * 1e6 / (many - few), 4), "rate": round(many - few), "messages": round(many - few)}


class Beside:
    """A generator's own server, on the server's core."""

    def __init__(self, command):
        self.process = subprocess.Popen(process.pinned([0], command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.3)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def sockperf():
    port = process.free_port()

    def run(seconds):
        cpu, out = spent(["sockperf", "ping-pong", "--tcp", "-i", "127.0.0.1", "-p", port, "-m", 64, "-t", seconds])
        return cpu, int(re.search(r"ReceivedMessages=(\d+)", out)[1])

    with Beside(["sockperf", "server", "--tcp", "-i", "127.0.0.1", "-p", port]):
        return twice(run)


def iperf3():
    port = process.free_port()

    def run(seconds):
        cpu, out = spent(["iperf3", "-c", "127.0.0.1", "-p", port, "-t", seconds, "-l", "64K", "-J"])
        return cpu, json.loads(out)["end"]["sum_received"]["bytes"] / STREAM

    with Beside(["iperf3", "-s", "-B", "127.0.0.1", "-p", port]):
        return twice(run)
