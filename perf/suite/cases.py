"""The cases. Each takes the plan and gives its samples, flat records that are kept as they are; tables are made of them later."""
import contextlib
import json
import os
import resource
import shutil
import subprocess
import time

import catalogue
import generators_at
import process
from places import REFERENCE, ROOT, SOKET
from plan import Load
from rounds import paired, say


def work(plan, load, name, program="tcp_load", **more):
    """A piece of work for `paired`: one sample of one load."""
    options = load.options if program == "tcp_load" else {"sockets": load.connections, "window": load.in_flight, "size": load.size}

    def sample(running):
        if running.server.forks and load.connections > 100:
            return None  # a process for each of a thousand connections measures fork
        return {**load.options, **process.generate(program, running, 1, plan.seconds, plan.warm_up, **options, **more)}
    return name, sample


def echo(plan, farm):
    """TCP echo, small and larger messages, few connections and many, one message on its way and sixteen."""
    servers = catalogue.present(catalogue.TCP, plan.quick)
    return paired(farm, servers, [work(plan, load, f"echo {load.name} {load.size} B") for load in plan.echo], plan)


def bulk(plan, farm):
    """Messages of 64 KiB on one connection: bytes a CPU second."""
    servers = catalogue.present(catalogue.TCP, plan.quick)
    return paired(farm, servers, [work(plan, Load(1, 1, 65536), "bulk")], plan)


def connections(plan, farm):
    """Connect, one message there and back, close; 16 at a time."""
    servers = catalogue.present(catalogue.TCP, plan.quick)
    return paired(farm, servers, [work(plan, Load(16, 1, 64), "connections", mode="connect")], plan)


def udp(plan, farm):
    """UDP echo: few and many datagrams on their way."""
    servers = catalogue.present(catalogue.UDP, plan.quick)
    return paired(farm, servers, [work(plan, load, f"udp {load.name}", "udp_load") for load in plan.udp], plan, datagrams=True)


# ---- memory ----

def idle(plan, farm):
    """Many connections that do nothing: memory of the process a connection, before each has spoken and after."""
    count = min(plan.idle, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)
    servers = catalogue.present(catalogue.TCP, plan.quick)
    samples = []
    for number in range(plan.idle_rounds):
        for server in servers:
            if server.forks or number > 0 and not server.ours:
                continue  # a process a connection; and memory varies little from run to run
            say(f"\r  idle: round {number + 1} of {plan.idle_rounds}, {server.key:24}", end="")
            try:
                with process.Running(server, buffer=4096) as running:
                    samples.append({"server": server.key, "round": number, "connections": count, **hold(running, count)})
            except (RuntimeError, OSError) as e:
                samples.append({"server": server.key, "round": number, "error": str(e)})
    say("")
    return samples


def hold(running, count):
    # What the first connections bring (code, pools, tables) is no connection's own.
    with Holder(running.port, 500) as first:
        first.tell("speak")
    time.sleep(0.2)
    before = memory(running)
    with Holder(running.port, count) as holder:
        until = time.monotonic() + 20
        while running.descriptors() < count and time.monotonic() < until:
            time.sleep(0.05)
        silent = memory(running)
        holder.tell("speak")
        spoken = memory(running)
        opened = holder.opened
    sample = {"open_ms": opened["ms"], "resident": round((silent["resident"] - before["resident"]) / count), "resident_spoken": round((spoken["resident"] - before["resident"]) / count)}
    if running.server.questions:
        sample.update(heap=round((silent["heap"] - before["heap"]) / count), heap_spoken=round((spoken["heap"] - before["heap"]) / count))
    return sample


def memory(running):
    """What a .NET server holds is looked at after a full collection: before one, most of it belongs to nobody."""
    heap = running.ask("collect")["heap"] if running.server.questions else 0
    return {"resident": running.resident(), "heap": heap}


class Holder:
    """perf/reference/idle_hold.c."""

    def __init__(self, port, count):
        command = process.pinned([1], [REFERENCE / "idle_hold", port, count])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.opened = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the holder of idle connections: {self.process.stderr.read().strip()}")
        return json.loads(line)

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.answer()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def allocations(plan, farm):
    """Bytes a .NET server allocates for a message: what it allocated between two moments of steady traffic, by the messages of that time."""
    servers = catalogue.present([server for server in catalogue.TCP if server.questions], plan.quick)
    samples = []
    for key, running in farm.of(servers, False).items():
        say(f"\r  allocations: {key:24}", end="")
        try:
            samples.append({"server": key, "round": 0, **allocated(running)})
        except (RuntimeError, OSError, ValueError) as e:
            samples.append({"server": key, "round": 0, "error": str(e)})
    say("")
    return samples


def allocated(running):
    command = [REFERENCE / "tcp_load", "--port", running.port, "--core", 1, "--connections", 64, "--size", 64, "--warm-up", 0.3, "--seconds", 1.0]
    running.ask("count")  # the first answer brings the code of answering
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as load:
        time.sleep(0.4)  # all are connected, and the traffic is steady
        began, first = time.monotonic(), running.ask("count")["allocated"]
        time.sleep(0.6)
        ended, last = time.monotonic(), running.ask("count")["allocated"]
        sample = json.loads(load.stdout.read())
    if "error" in sample:
        raise RuntimeError(sample["error"])
    messages = sample["rate"] * (ended - began)
    return {"messages": round(messages), "bytes": last - first, "bytes_a_message": round((last - first) / messages, 3)}


# ---- cores ----

def cores(plan, farm):
    """The same server with one core and with more: whether a message costs more then."""
    load = Load(128, 1, 64)
    total = len(os.sched_getaffinity(0))
    # With four cores or more, server and generator have cores of their own. With two both have both, in either case.
    steps = [1, 2] if total < 4 else [step for step in (1, 2, 4, 8, 16, 32) if step <= total // 2]
    servers = catalogue.present([server for server in catalogue.TCP if server.scales], plan.quick)
    samples = []
    for server in servers:
        for step in steps:
            say(f"\r  cores: {server.key} on {step}          ", end="")
            with contextlib.ExitStack() as stack:
                try:
                    running = stack.enter_context(process.Running(server, cores=range(step), loops=step))
                    first, threads = (0, 2) if total < 4 else (total // 2, step)
                    for number in range(-1, plan.rounds):
                        sample = process.generate("tcp_load", running, first, plan.seconds if number >= 0 else server.warm_up, plan.warm_up, threads=threads, **load.options)
                        if number >= 0:
                            samples.append({"server": server.key, "round": number, "cores": step, **sample})
                except (RuntimeError, OSError) as e:
                    samples.append({"server": server.key, "round": 0, "cores": step, "error": str(e)})
    say("")
    return samples


# ---- load generators ----

def generators(plan, farm):
    """Load generators beside each other: their own processor time a message, and a gigabyte for streams."""
    samples = []
    for load in (Load(1, 1, 64), Load(64, 1, 64), Load(64, 16, 64)):
        with process.Running(catalogue.EPOLL) as running:
            samples += generator_rounds(plan, load.name, generators_at.echo(plan, running.port, load))
    with process.Running(catalogue.SINK) as telling, process.Running(catalogue.SILENT_SINK) as silent:
        samples += generator_rounds(plan, "stream", generators_at.stream(plan, telling.port, silent.port))
    say("")
    return samples


def generator_rounds(plan, load, programs):
    samples = []
    most = max(rounds for _, rounds in programs.values())
    for number in range(most):
        for name, (run, rounds) in programs.items():
            if number >= rounds:
                continue
            say(f"\r  generators {load}: round {number + 1} of {most} {name:16}", end="")
            try:
                samples.append({"server": name, "round": number, "load": load, **run()})
            except (RuntimeError, OSError, ValueError, LookupError, ZeroDivisionError) as e:
                samples.append({"server": name, "round": number, "load": load, "error": f"{type(e).__name__}: {e}"})
    return samples


# ---- start ----

def start(plan, farm):
    """From the start of a process to its first printed line, and to its end."""
    programs = {
        "nc": (["nc.openbsd", "-h"], shutil.which("nc.openbsd")),
        "ncat": (["ncat", "--version"], shutil.which("ncat")),
        "socat": (["socat", "-V"], shutil.which("socat")),
        "python3": (["python3", "-c", "print(1)"], shutil.which("python3")),
        "node": (["node", "-e", "console.log(1)"], shutil.which("node")),
        "soket-tool": (["dotnet", str(SOKET), "--version"], SOKET.exists()),
        "soket": ([str(ROOT / "soket"), "--version"], True),
    }
    samples = []
    for number in range(-2, plan.start_rounds):  # two that do not count: the files are in memory then
        say(f"\r  start: round {number + 1} of {plan.start_rounds} ", end="")
        for name, (command, here) in programs.items():
            if not here:
                continue
            sample = first_line_of(command)
            if number >= 0:
                samples.append({"server": name, "round": number, **sample})
    say("")
    return samples


def first_line_of(command):
    began = time.perf_counter()
    # nc and ncat print to standard error.
    process_ = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    line = process_.stdout.readline()
    first = time.perf_counter()
    process_.stdout.read()
    process_.wait()
    ended = time.perf_counter()
    process_.stdout.close()
    return {"first_ms": round((first - began) * 1e3, 2), "whole_ms": round((ended - began) * 1e3, 2)} if line else {"error": "it printed nothing"}


ALL = {case.__name__: case for case in (echo, bulk, connections, allocations, udp, idle, cores, generators, start)}
QUICK = ("echo", "bulk", "allocations", "udp", "idle", "generators", "start")
