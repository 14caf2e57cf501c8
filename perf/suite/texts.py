"""What stands in the tables, in both languages."""

TEXTS = {
    "server": ("server", "server"),
    "program": ("program", "program"),
    "generator": ("load generator", "pembangkit beban"),
    "echo_caption": (
        "TCP echo, messages of {size}: processor time a message, C epoll of the same round = 1.00. (N,P) = connections, messages on their way on each.",
        "Echo TCP, pesan {size}: waktu prosesor per pesan, epoll C pada putaran yang sama = 1,00. (N,P) = koneksi, pesan dalam perjalanan pada tiap koneksi."),
    "absolute_caption": (
        "The same samples without the division, 64 B: processor time of a message and messages a second of one core, and how long a message took there and back.",
        "Sampel yang sama tanpa pembagian, 64 B: waktu prosesor per pesan, pesan per detik dari satu inti, dan lama satu pesan pergi-pulang."),
    "cpu_message": ("µs of CPU, {load}", "µs CPU, {load}"),
    "rate": ("messages/s, {load}", "pesan/s, {load}"),
    "p50_p99": ("p50, p99 in µs, {load}", "p50, p99 dalam µs, {load}"),
    "bulk_ratio": ("bytes a CPU second, C epoll = 1.00", "byte per detik CPU, epoll C = 1,00"),
    "bulk_gb": ("GB a CPU second", "GB per detik CPU"),
    "udp_ratio": ("CPU a datagram, {to} = 1.00, {load}", "CPU per datagram, {to} = 1,00, {load}"),
    "udp_rate": ("datagrams/s, {load}", "datagram/s, {load}"),
    "lost": ("lost", "hilang"),
    "connection_ratio": ("CPU a connection, C epoll = 1.00", "CPU per koneksi, epoll C = 1,00"),
    "connection_us": ("µs of CPU a connection", "µs CPU per koneksi"),
    "connection_rate": ("connections/s", "koneksi/s"),
    "idle_silent": ("bytes of RAM each, silent", "byte RAM tiap koneksi, diam"),
    "idle_spoken": ("after a message on each", "setelah satu pesan pada tiap koneksi"),
    "idle_heap": ("of which managed objects", "di antaranya objek terkelola"),
    "idle_caption": ("{count} connections.", "{count} koneksi."),
    "allocated": ("bytes allocated a message", "byte dialokasikan per pesan"),
    "core_us": ("µs of CPU a message, {cores} core", "µs CPU per pesan, {cores} inti"),
    "core_us_many": ("{cores} cores", "{cores} inti"),
    "core_ratio": ("{cores} to 1", "{cores} banding 1"),
    "core_rate": ("rate, {cores} to 1", "laju, {cores} banding 1"),
    "core_caption_apart": ("Server and generator each have cores of their own, as many; (128,1), 64 B.", "Server dan pembangkit masing-masing punya inti sendiri, sama banyak; (128,1), 64 B."),
    "core_caption_shared": (
        "Server on one core or on both; the generator, with two threads, on both in either case; (128,1), 64 B.",
        "Server pada satu inti atau pada keduanya; pembangkit, dengan dua thread, selalu pada keduanya; (128,1), 64 B."),
    "generator_ratio": ("CPU a message, C = 1.00, {load}", "CPU per pesan, C = 1,00, {load}"),
    "generator_stream": ("CPU a GB, one stream, C = 1.00", "CPU per GB, satu aliran, C = 1,00"),
    "generator_us": ("µs of CPU, {load}", "µs CPU, {load}"),
    "first_line": ("to the first line", "sampai baris pertama"),
    "whole": ("to the end", "sampai selesai"),
    "ms": ("{number} ms", "{number} ms"),
    "machine": (
        "Measured {date} at commit {commit}: {cpu}, {cores} cores, Linux {kernel}; {versions}. Medians of {rounds} rounds, of {all_rounds} for what has a figure to reach; samples of {seconds} s. "
        "Meanwhile the rest of the machine took {other} of a core, the hypervisor {stolen} (medians over the samples).",
        "Diukur {date} pada commit {commit}: {cpu}, {cores} inti, Linux {kernel}; {versions}. Median dari {rounds} putaran, {all_rounds} untuk yang punya angka yang harus dicapai; tiap sampel {seconds} s. "
        "Sementara itu sisa mesin memakai {other} inti, hypervisor {stolen} (median semua sampel)."),
    "measured_before": ("Measured {date} at commit {commit}, medians of at most {rounds} rounds: {cases}.", "Diukur {date} pada commit {commit}, median dari paling banyak {rounds} putaran: {cases}."),
    "left_out": ("Not there, so not measured: {names}.", "Tidak ada, jadi tidak diukur: {names}."),
    "failed": ("Gave no figure: {names}.", "Tidak menghasilkan angka: {names}."),
    "what": ("what", "apa"),
    "reach": ("to reach", "sasaran"),
    "reached": ("reached", "dicapai"),
    "verdict": ("", ""),
    "yes": ("yes", "ya"),
    "no": ("**no**", "**tidak**"),
    "worst": ("{worst} at worst, {best} at best", "paling buruk {worst}, paling baik {best}"),
    "reach_inline": ("echo, message service inline, every (N,P) but (1000,1)", "echo, layanan pesan inline, semua (N,P) selain (1000,1)"),
    "reach_inline_1000": ("the same, (1000,1)", "sama, (1000,1)"),
    "reach_duplex": ("echo, duplex, inline scheduling, every (N,P) but (1000,1)", "echo, duplex, penjadwalan inline, semua (N,P) selain (1000,1)"),
    "reach_duplex_1000": ("the same, (1000,1)", "sama, (1000,1)"),
    "reach_pool": ("the same with the thread pool", "sama dengan thread pool"),
    "reach_kestrel": ("Kestrel on Soket's transport, inline scheduling, to Kestrel on its own", "Kestrel di atas transport Soket, penjadwalan inline, banding Kestrel di atas miliknya sendiri"),
    "reach_net": ("message service to .NET sockets as everybody writes them", "layanan pesan banding socket .NET yang ditulis seperti biasa"),
    "reach_udp_many": ("UDP echo to C recvmmsg, sendmmsg", "echo UDP banding recvmmsg, sendmmsg C"),
    "reach_udp_one": ("UDP echo to C recvfrom, sendto", "echo UDP banding recvfrom, sendto C"),
    "reach_bulk": ("bulk 64 KiB, bytes a CPU second to C epoll", "64 KiB, byte per detik CPU banding epoll C"),
    "reach_idle": ("bytes of RAM an idle connection, message service", "byte RAM per koneksi menganggur, layanan pesan"),
    "reach_idle_duplex": ("the same, duplex", "sama, duplex"),
    "reach_cores": ("CPU a message on {cores} cores to that on one", "CPU per pesan pada {cores} inti banding satu inti"),
    "reach_scaling": ("rate on {cores} cores to {cores} times that on one", "laju pada {cores} inti banding {cores} kali laju satu inti"),
    "reach_generator": ("load generator, CPU a message to the C one", "pembangkit beban, CPU per pesan banding yang C"),
    "reach_allocations": ("bytes allocated an echoed message", "byte dialokasikan per pesan echo"),
    "reported": ("reported", "dilaporkan"),
    # labels that are words
    "soket-tool": ("Soket, compiled as it runs", "Soket, dikompilasi saat berjalan"),
    "soket": ("`./soket` (ReadyToRun)", "`./soket` (ReadyToRun)"),
    "c": ("C (`tcp_load`)", "C (`tcp_load`)"),
    "Python, a thread a connection": ("Python, a thread a connection", "Python, satu thread per koneksi"),
    ".NET sockets": (".NET sockets", "socket .NET"),
    ".NET sockets, inline completions": (".NET sockets, inline completions", "socket .NET, inline completions"),
    "Kestrel, inline scheduling": ("Kestrel, inline scheduling", "Kestrel, penjadwalan inline"),
    "Soket, managed transport": ("Soket, managed transport", "Soket, transport managed"),
    "**Soket, a stream on the loop**": ("**Soket, a stream on the loop**", "**Soket, stream pada loop**"),
    "**Soket, message service**": ("**Soket, message service**", "**Soket, layanan pesan**"),
    "**Soket, duplex, inline scheduling**": ("**Soket, duplex, inline scheduling**", "**Soket, duplex, penjadwalan inline**"),
    "**Soket, duplex, thread pool**": ("**Soket, duplex, thread pool**", "**Soket, duplex, thread pool**"),
    "**Kestrel on Soket's transport, inline scheduling**": ("**Kestrel on Soket's transport, inline scheduling**", "**Kestrel di atas transport Soket, penjadwalan inline**"),
    "**Kestrel on Soket's transport**": ("**Kestrel on Soket's transport**", "**Kestrel di atas transport Soket**"),
    ".NET the same, inline completions": (".NET the same, inline completions", ".NET sama, inline completions"),
    ".NET ReceiveFrom, blocking": (".NET ReceiveFrom, blocking", ".NET ReceiveFrom, memblokir"),
}


class Language:
    """Texts and numbers as a language writes them."""

    def __init__(self, code):
        self.code, self.place = code, ("en", "id").index(code)

    def text(self, key, **values):
        return TEXTS[key][self.place].format(**values)

    def label(self, label):
        return TEXTS[label][self.place] if label in TEXTS else label

    def number(self, value, digits=0):
        written = f"{value:,.{digits}f}"
        return written if self.code == "en" else written.translate(str.maketrans(",.", ".,"))
