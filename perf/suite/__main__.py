"""The suite: see perf/run, which installs and builds what this measures."""
import argparse
import os
import signal
import sys
import time

import cases
import catalogue
import machine
import page
import plan
import rounds
from places import QUICK, SAMPLES
from rounds import say


def main():
    parser = argparse.ArgumentParser(prog="perf/run", allow_abbrev=False)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", choices=list(cases.ALL), metavar="CASE", default=[])
    parser.add_argument("--render", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        return print_list()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))  # whatever was started ends with this
    asked = options.only or list(cases.QUICK if options.quick else cases.ALL)
    if not options.render:
        measure(asked, options.quick)
    results = page.read(QUICK if options.quick else SAMPLES)
    if options.quick:
        page.show({name: results[name] for name in asked if name in results})
    else:
        page.write_pages(results)
    return 0


def measure(asked, quick):
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("perf/run: server and load generator need a core each, and this machine has one")
    how, folder = (plan.QUICK, QUICK) if quick else (plan.WHOLE, SAMPLES)
    began = time.monotonic()
    with rounds.Farm() as farm:
        for name in asked:
            measure_case(name, how, folder, farm)
    say(f"all of it: {(time.monotonic() - began) / 60:.1f} minutes")


def measure_case(name, how, folder, farm):
    case, facts, began = cases.ALL[name], machine.facts(), time.monotonic()
    servers = catalogue.UDP if name == "udp" else catalogue.TCP
    missing = [server.label.strip("*") for server in servers if server.missing and (server.quick or not how.quick)]
    try:
        samples = case(how, farm)
    except (RuntimeError, OSError) as e:  # what the others give is kept
        return say(f"{name}: {e}")
    page.write_samples(folder, name, {
        "case": name, "what": case.__doc__.splitlines()[0], "quick": how.quick, "rounds": how.rounds, "more_rounds": how.more_rounds, "seconds": how.seconds, "machine": facts, "missing": missing, "samples": samples})
    say(f"{name}: {len(samples)} samples, {sum('error' in one for one in samples)} of them failed, {time.monotonic() - began:.0f} s")


def print_list():
    for name, case in cases.ALL.items():
        print(f"{name:14}{case.__doc__.splitlines()[0]}")
    print()
    for server in catalogue.TCP + catalogue.UDP:
        print(f"{server.key:22}{server.label.strip('*'):50}{'missing: ' + ', '.join(server.missing) if server.missing else ''}".rstrip())
    return 0


sys.exit(main())
