"""Paired rounds: every server once, then every server once more. What drifts (a shared machine, its clock, its neighbours) drifts for all."""
import contextlib
import statistics
import sys

import process


def say(text, end="\n"):
    print(text, end=end, file=sys.stderr, flush=True)


class Farm:
    """Servers that run from case to case, each warm since its first: starting them takes as long as some of the cases. An idle one costs nothing."""

    def __init__(self):
        self.stack, self.running = contextlib.ExitStack(), {}

    def of(self, servers, datagrams):
        """These servers, started where they are not yet; those that would not start are left out, and told."""
        for server in servers:
            if (server.key, datagrams) not in self.running:
                self.start(server, datagrams)
        return {server.key: self.running[server.key, datagrams] for server in servers if self.running[server.key, datagrams]}

    def start(self, server, datagrams):
        if old := self.running.get((server.key, datagrams)):
            old.stop()
        self.running[server.key, datagrams] = None
        try:
            running = self.stack.enter_context(process.Running(server, datagrams=datagrams))
            warm(running, datagrams)
            self.running[server.key, datagrams] = running
        except (RuntimeError, OSError) as e:
            say(f"  left out: {e}")
        return self.running[server.key, datagrams]

    def __enter__(self):
        return self

    def __exit__(self, *what):
        return self.stack.__exit__(*what)


def warm(running, datagrams):
    """A runtime that compiles as it runs compiles now."""
    seconds = running.server.warm_up
    if datagrams:
        process.generate("udp_load", running, 1, seconds / 2, seconds / 2, sockets=4, window=4, size=64)
    else:
        process.generate("tcp_load", running, 1, seconds / 2, seconds / 2, connections=16, in_flight=4, size=1024)


def paired(farm, servers, works, plan, datagrams=False):
    """Every piece of work (name, running -> sample or None) in rounds. Gives the samples, each with its server and its round."""
    samples = []
    running = farm.of(servers, datagrams)
    limited = [server.key for server in servers if server.limited]
    for name, sample_of in works if running else []:
        failures = dict.fromkeys(running, 0)
        for number in range(plan.rounds + plan.more_rounds):
            say(f"\r  {name}: round {number + 1} of {plan.rounds + plan.more_rounds} ", end="")
            keys = [key for key in running if number < plan.rounds or key in limited]
            if not keys:
                break
            for key in keys[number % len(keys):] + keys[:number % len(keys)]:  # another one comes first each time
                if failures[key] > 1:
                    continue
                sample = sample_of(running[key])
                if sample is None:
                    continue
                samples.append({"server": key, "round": number, **sample})
                if "error" in sample:
                    say(f"\n  {key}: {sample['error']}")
                    again = farm.start(running[key].server, datagrams)
                    running[key] = again or running[key]
                    failures[key] += 1 if again else 2
        say("")
    return samples


def pick(samples, server, **where):
    """The good samples of a server by round."""
    return {one["round"]: one for one in samples if one["server"] == server and "error" not in one and all(one.get(key) == value for key, value in where.items())}


def ratio(samples, server, to, field="server_us", **where):
    """Median over the rounds of one server's figure divided by another's of the same round, with the lowest and the highest; None without a pair."""
    ours, theirs = pick(samples, server, **where), pick(samples, to, **where)
    pairs = [ours[number][field] / theirs[number][field] for number in ours if number in theirs and theirs[number].get(field)]
    return (statistics.median(pairs), min(pairs), max(pairs)) if pairs else None


def median(samples, server, field, **where):
    values = [one[field] for one in pick(samples, server, **where).values() if field in one]
    return statistics.median(values) if values else None
