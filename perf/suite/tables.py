"""From samples to tables: one function a section of the page. A table shows what was measured; a cell without a figure is empty."""
import statistics

import catalogue
from rounds import median, pick, ratio

NET = "net"


def table(head, rows):
    """A Markdown table: the first column is a name, the others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def loads(samples):
    """The loads there are samples of, in the order they were measured: (connections, in flight, size)."""
    return list(dict.fromkeys((one["connections"], one["in_flight"], one["size"]) for one in samples if "size" in one))


def where(load):
    return {"connections": load[0], "in_flight": load[1], "size": load[2]}


def name(load):
    return f"({load[0]},{load[1]})"


def servers_of(samples, known):
    measured = {one["server"] for one in samples if "error" not in one}
    return [server for server in known if server.key in measured]


def middle(found, language, digits=2):
    return "" if found is None else language.number(found[0], digits)


def shown(value, language, digits=0):
    return "" if value is None else language.number(value, digits)


def size_name(size):
    return f"{size} B" if size < 1024 else f"{size // 1024} KiB"


def echo(results, language):
    samples = results["echo"]["samples"]
    known = servers_of(samples, catalogue.TCP)
    parts = []
    for size in dict.fromkeys(load[2] for load in loads(samples)):
        those = [load for load in loads(samples) if load[2] == size]
        rows = [[language.label(server.label)] + [middle(ratio(samples, server.key, "c-epoll", **where(load)), language) for load in those] for server in known]
        parts += [language.text("echo_caption", size=size_name(size)), table([language.text("server")] + [name(load) for load in those], rows)]
    one, many = [load for load in loads(samples) if load[2] == 64 and load[1] == 1 and load[0] in (1, 64)] or [loads(samples)[0]] * 2
    head = [language.text("server"), language.text("cpu_message", load=name(one)), language.text("cpu_message", load=name(many)), language.text("rate", load=name(many)),
            language.text("p50_p99", load=name(one)), language.text("p50_p99", load=name(many))]
    rows = []
    for server in known:
        cells = [shown(median(samples, server.key, "server_us", **where(load)), language, 2) for load in (one, many)]
        cells.append(shown(median(samples, server.key, "rate", **where(many)), language))
        for load in (one, many):
            p50, p99 = (median(samples, server.key, field, **where(load)) for field in ("p50_us", "p99_us"))
            cells.append("" if p50 is None else f"{language.number(p50, 1)}; {language.number(p99, 1)}")
        rows.append([language.label(server.label)] + cells)
    return "\n\n".join(parts + [language.text("absolute_caption"), table(head, rows)])


def bulk(results, language):
    samples = results["bulk"]["samples"]
    rows = []
    for server in servers_of(samples, catalogue.TCP):
        cost = ratio(samples, server.key, "c-epoll")
        us = median(samples, server.key, "server_us")
        rows.append([language.label(server.label), "" if cost is None else language.number(1 / cost[0], 2), shown(65536 / us / 1e3 if us else None, language, 2)])
    return table([language.text("server"), language.text("bulk_ratio"), language.text("bulk_gb")], rows)


def udp(results, language):
    samples = results["udp"]["samples"]
    head = [language.text("server")]
    for load in loads(samples):
        head += [language.text("udp_ratio", to=to, load=name(load)) for to in ("recvfrom", "recvmmsg")] + [language.text("udp_rate", load=name(load))]
    rows = []
    for server in servers_of(samples, catalogue.UDP):
        cells = []
        for load in loads(samples):
            cells += [middle(ratio(samples, server.key, to, **where(load)), language) for to in ("c-one", "c-many")]
            cells.append(shown(median(samples, server.key, "rate", **where(load)), language))
        rows.append([language.label(server.label)] + cells + [shown(sum(one.get("lost", 0) for one in samples if one["server"] == server.key), language)])
    return table(head + [language.text("lost")], rows)


def connections(results, language):
    samples = results["connections"]["samples"]
    rows = [[language.label(server.label), middle(ratio(samples, server.key, "c-epoll"), language), shown(median(samples, server.key, "server_us"), language, 1),
             shown(median(samples, server.key, "rate"), language)] for server in servers_of(samples, catalogue.TCP)]
    return table([language.text("server")] + [language.text(key) for key in ("connection_ratio", "connection_us", "connection_rate")], rows)


def idle(results, language):
    samples = results["idle"]["samples"]
    rows = [[language.label(server.label)] + [shown(median(samples, server.key, field), language) for field in ("resident", "heap", "resident_spoken", "heap_spoken")]
            for server in servers_of(samples, catalogue.TCP)]
    head = [language.text("server")] + [language.text(key) for key in ("idle_silent", "idle_heap", "idle_spoken", "idle_heap")]
    count = next(one["connections"] for one in samples if "error" not in one)
    return language.text("idle_caption", count=language.number(count)) + "\n\n" + table(head, rows)


def allocations(results, language):
    samples = results["allocations"]["samples"]
    rows = [[language.label(server.label), shown(median(samples, server.key, "bytes_a_message"), language, 2)] for server in servers_of(samples, catalogue.TCP)]
    return table([language.text("server"), language.text("allocated")], rows)


def cores(results, language):
    samples = results["cores"]["samples"]
    steps = sorted({one["cores"] for one in samples})
    apart = results["cores"]["machine"]["cores"] >= 4
    head = [language.text("server"), language.text("core_us", cores=steps[0])]
    for step in steps[1:]:
        head += [language.text("core_us_many", cores=step), language.text("core_ratio", cores=step), language.text("core_rate", cores=step)]
    rows = []
    for server in servers_of(samples, catalogue.TCP):
        us = {step: median(samples, server.key, "server_us", cores=step) for step in steps}
        rate = {step: median(samples, server.key, "rate", cores=step) for step in steps}
        cells = [shown(us[steps[0]], language, 2)]
        for step in steps[1:]:
            both = us[step] and us[steps[0]]
            cells += [shown(us[step], language, 2), shown(us[step] / us[steps[0]] if both else None, language, 2), shown(rate[step] / rate[steps[0]] if both else None, language, 2)]
        rows.append([language.label(server.label)] + cells)
    return language.text("core_caption_apart" if apart else "core_caption_shared") + "\n\n" + table(head, rows)


GENERATORS = {"c": "c", "soket": "**`soket bench`**", "sockperf": "sockperf ping-pong", "iperf3": "iperf3"}


def generators(results, language):
    samples = results["generators"]["samples"]
    those = list(dict.fromkeys(one["load"] for one in samples))
    head = [language.text("generator")] + [language.text("generator_stream") if load == "stream" else language.text("generator_ratio", load=load) for load in those]
    head += [language.text("generator_us", load=load) for load in those if load != "stream"]
    rows = []
    for key, label in GENERATORS.items():
        if not any(one["server"] == key and "error" not in one for one in samples):
            continue
        row = [language.label(label)] + [middle(ratio(samples, key, "c", field="own_us", load=load), language) for load in those]
        rows.append(row + [shown(median(samples, key, "own_us", load=load), language, 2) for load in those if load != "stream"])
    return table(head, rows)


def start(results, language):
    samples = results["start"]["samples"]
    rows = []
    for key in dict.fromkeys(one["server"] for one in samples):
        cells = [median(samples, key, field) for field in ("first_ms", "whole_ms")]
        rows.append([language.label(key)] + ["" if cell is None else language.text("ms", number=language.number(cell, 1 if cell < 20 else 0)) for cell in cells])
    return table([language.text("program"), language.text("first_line"), language.text("whole")], rows)


# ---- what was to be reached ----

def targets(results, language):
    rows = []

    def row(text, limit, worst, best=None, least=False, digits=2, **values):
        if worst is None:
            return
        reached = language.number(worst, digits)
        if best is not None and best != worst:
            reached = language.text("worst", worst=reached, best=language.number(best, digits))
        if limit is None:
            goal, verdict = language.text("reported"), ""
        else:
            goal = ("≥ " if least else "≤ ") + language.number(limit, digits)
            good = round(worst, digits) >= limit if least else round(worst, digits) <= limit
            verdict = language.text("yes" if good else "no")
        rows.append([language.text(text, **values), goal, reached, verdict])

    if "echo" in results:
        samples = results["echo"]["samples"]

        def spread(server, to, thousand):
            found = [ratio(samples, server, to, **where(load)) for load in loads(samples) if thousand is None or (load[0] == 1000) == thousand]
            middles = [one[0] for one in found if one]
            return (max(middles), min(middles)) if middles else (None, None)

        row("reach_inline", 1.05, *spread("soket", "c-epoll", False))
        row("reach_inline_1000", 1.10, *spread("soket", "c-epoll", True))
        row("reach_duplex", 1.10, *spread("soket-duplex-inline", "c-epoll", False))
        row("reach_duplex_1000", 1.25, *spread("soket-duplex-inline", "c-epoll", True))
        row("reach_pool", None, *spread("soket-duplex", "c-epoll", None))
        row("reach_kestrel", 0.60, *spread("soket-kestrel-inline", "kestrel", None))
        row("reach_pool", None, *spread("soket-kestrel", "kestrel", None))
        row("reach_net", 0.65, *spread("soket", NET, None))
    if "udp" in results:
        samples = results["udp"]["samples"]
        for text, limit, to in (("reach_udp_many", 1.05, "c-many"), ("reach_udp_one", 0.95, "c-one")):
            middles = [found[0] for found in (ratio(samples, "soket", to, **where(load)) for load in loads(samples)) if found]
            if middles:
                row(text, limit, max(middles), min(middles))
    if "bulk" in results:
        cost = ratio(results["bulk"]["samples"], "soket", "c-epoll")
        row("reach_bulk", 1.00, 1 / cost[0] if cost else None, least=True)
    if "idle" in results:
        for text, limit, server in (("reach_idle", 200, "soket"), ("reach_idle_duplex", 900, "soket-duplex")):
            row(text, limit, median(results["idle"]["samples"], server, "resident"), digits=0)
    if "cores" in results:
        samples = results["cores"]["samples"]
        most = max(one["cores"] for one in samples)
        us, rate = ({step: median(samples, "soket", field, cores=step) for step in (1, most)} for field in ("server_us", "rate"))
        if us[1] and us[most]:
            if results["cores"]["machine"]["cores"] >= 4:
                row("reach_scaling", 0.9, rate[most] / rate[1] / most, least=True, cores=most)
            else:
                row("reach_cores", 1.05, us[most] / us[1], cores=most)
    if "generators" in results:
        samples = results["generators"]["samples"]
        middles = [found[0] for found in (ratio(samples, "soket", "c", field="own_us", load=load) for load in dict.fromkeys(one["load"] for one in samples) if load != "stream") if found]
        if middles:
            row("reach_generator", 1.00, max(middles), min(middles))
    if "allocations" in results:
        row("reach_allocations", 0, median(results["allocations"]["samples"], "soket", "bytes_a_message"), digits=1)
    return table([language.text(key) for key in ("what", "reach", "reached", "verdict")], rows) if rows else ""


# ---- on what ----

def machine(results, language):
    """Of the case measured last, and when the others were."""
    latest = max(results.values(), key=lambda one: one["machine"]["date"])
    facts = latest["machine"]
    everything = [sample for one in results.values() for sample in one["samples"] if "error" not in sample]
    load = {field: statistics.median(found) if (found := [one[field] for one in everything if field in one]) else 0 for field in ("other_cores", "stolen_cores")}
    names = {"dotnet": ".NET SDK", "go": "Go", "python": "Python"}
    text = language.text(
        "machine", date=facts["date"], commit=facts["commit"] or "?", cpu=facts["cpu"], cores=facts["cores"], kernel=facts["kernel"],
        versions=", ".join(f"{names.get(key, key)} {value}" for key, value in facts["versions"].items() if value), rounds=latest["rounds"], all_rounds=latest["rounds"] + latest["more_rounds"],
        seconds=language.number(latest["seconds"], 2), other=language.number(load["other_cores"], 2), stolen=language.number(load["stolen_cores"], 2))
    missing = sorted({label for one in results.values() for label in one["missing"]})
    failed = sorted({one["server"] for result in results.values() for one in result["samples"] if "error" in one
                     and not pick(result["samples"], one["server"])})
    older = {}
    for name, one in results.items():
        if one["machine"]["commit"] != facts["commit"]:
            older.setdefault(one["machine"]["commit"] or "?", []).append((one["machine"]["date"], one["rounds"] + one.get("more_rounds", 0), name))
    for commit, cases in sorted(older.items()):
        text += "\n\n" + language.text("measured_before", date=max(cases)[0], commit=commit, rounds=max(case[1] for case in cases), cases=", ".join(f"`{case[2]}`" for case in sorted(cases)))
    if missing:
        text += "\n\n" + language.text("left_out", names=", ".join(missing))
    if failed:
        text += "\n\n" + language.text("failed", names=", ".join(failed))
    return text


SECTIONS = {section.__name__: section for section in (machine, targets, echo, bulk, udp, connections, idle, allocations, cores, generators, start)}
