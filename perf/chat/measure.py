"""One room, N members, messages at a steady pace: how many are delivered a second of the server's processor time, and how long the slowest hundredth takes.

Each message carries the moment when it was to be sent, so that a server that stalls the senders is charged for it (coordinated omission). The pace is chosen so
that every size has the same number of deliveries a second. A run in which a delivery is missing says so. With --backplane the members are spread over --nodes
servers, and the broker's time is told apart (--broker-pid).
"""
import argparse
import re
import select
import socket
import statistics
import time

import servers

STAMP = re.compile(rb"T=(\d{8,20});")
TEXT = "T={};" + " the quick brown fox jumps over the lazy dog"


class Room:
    """All members, read in one loop."""

    def __init__(self, server, members):
        self.server = server
        self.poll = select.epoll()
        self.members = {}
        self.rest = {}
        self.latencies = []
        self.counts = False
        for number in range(members):
            one = socket.create_connection(("127.0.0.1", server.ports[number % len(server.ports)]))
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.members[one.fileno()] = one
            self.rest[one.fileno()] = b""
            self.poll.register(one, select.EPOLLIN)
            one.sendall(server.enter(number))
            self.read(0)
        self.order = list(self.members.values())

    def read(self, wait):
        """Reads what is there; whether there was something."""
        ready = self.poll.poll(max(wait, 0))
        for descriptor, _ in ready:
            data = self.members[descriptor].recv(262144)
            if not data:
                raise RuntimeError("the server has put a member out")
            if not self.counts:
                continue
            now = time.monotonic_ns()
            data = self.rest[descriptor] + data
            end = 0
            for found in STAMP.finditer(data):
                self.latencies.append(now - int(found[1]))
                end = found.end()
            self.rest[descriptor] = data[max(end, len(data) - 32):]  # a stamp may be cut in two
        return bool(ready)

    def settle(self, quiet=1.0):
        """Until nothing has come for a while: greetings, who came."""
        last = time.monotonic()
        while time.monotonic() - last < quiet:
            if self.read(0.1):
                last = time.monotonic()

    def talk(self, pace, seconds):
        """Messages at a pace, from ten members in turn; how many."""
        senders = self.order[:10]
        interval = int(1e9 / pace)
        total = int(pace * seconds)
        first = time.monotonic_ns() + interval
        sent = 0
        while sent < total:
            due = first + sent * interval
            now = time.monotonic_ns()
            if now < due:
                self.read((due - now) / 1e9)
                continue
            senders[sent % len(senders)].sendall(self.server.message(TEXT.format(due)))
            sent += 1
            if sent % 8 == 0:
                self.read(0)
        return sent

    def close(self):
        for one in self.order:
            one.close()
        self.poll.close()


def measure(kind, members, deliveries, seconds, options):
    server = kind()
    if options.backplane:
        server.nodes, server.backplane = options.nodes, options.backplane
    server.start()
    try:
        room = Room(server, members)
        room.settle()
        pace = deliveries / members
        room.talk(pace, 3)  # what is compiled on the way is compiled
        room.settle()
        room.counts = True
        before, broker = server.time(), servers.processor_time(options.broker_pid) if options.broker_pid else 0
        sent = room.talk(pace, seconds)
        room.settle()
        used = server.time() - before
        broker = servers.processor_time(options.broker_pid) - broker if options.broker_pid else 0
        room.close()
        got = len(room.latencies)
        missing = max(0, sent * (members - 1) - got)
        ordered = sorted(room.latencies)
        at = lambda part: ordered[min(len(ordered) - 1, int(len(ordered) * part))] / 1e6 if ordered else float("nan")
        return got / used if used else float("nan"), at(0.5), at(0.99), missing, broker / got * 1e6 if got else 0
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description="One room, N members: deliveries a CPU second and latency.")
    parser.add_argument("runs", nargs="?", type=int, default=3)
    parser.add_argument("--members", default="10,100,1000")
    parser.add_argument("--deliveries", type=float, default=20_000, help="a second, over all members")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", help="of the servers, those with this in their name")
    parser.add_argument("--backplane", help="amqp://...: soket alone, on several nodes")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--broker-pid", type=int, help="the broker's process, whose time is told apart")
    options = parser.parse_args()
    kinds = [kind for kind in servers.ALL if not options.backplane or issubclass(kind, servers.SoketText)]
    if options.only:
        kinds = [kind for kind in kinds if options.only in kind.name]
    print(f"medians of {options.runs} runs of {options.seconds:g} s, {options.deliveries:g} deliveries a second in all")
    for members in [int(number) for number in options.members.split(",")]:
        for kind in kinds:
            try:
                runs = [measure(kind, members, options.deliveries, options.seconds, options) for _ in range(options.runs)]
            except (OSError, RuntimeError) as e:
                print(f"{members:5} members  {kind.name:14} no result: {e}")
                continue
            each, middle, slow, missing, broker = (statistics.median(column) for column in zip(*runs))
            lost = f"  MISSING {missing:g}" if missing else ""
            apart = f"  broker {broker:.1f} us CPU a delivery" if options.broker_pid else ""
            print(f"{members:5} members  {kind.name:14} {each:9,.0f} deliveries/CPU s   p50 {middle:7.2f} ms   p99 {slow:7.2f} ms{apart}{lost}", flush=True)


main()
