"""1 GiB from nginx on loopback to a file, plain and over TLS, side by side with curl: time, and the processor time of the client. They take turns.

What came is compared byte for byte; a run that differs is no run.
"""
import filecmp
import os
import pathlib
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SIZE = 1 << 30
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
DLL = pathlib.Path(__file__).resolve().parents[2] / "src/Soket.Cli/bin/Release/net10.0/Soket.Cli.dll"
os.environ["PATH"] += ":/usr/sbin:/sbin"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def start(folder, port, tls_port):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", folder / "key", "-out", folder / "cert"], check=True, capture_output=True)
    with open(folder / "blob", "wb") as blob:
        block = os.urandom(1 << 20)
        for _ in range(SIZE >> 20):
            blob.write(block)
    scratch = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; {scratch}
  server {{ listen 127.0.0.1:{port}; listen 127.0.0.1:{tls_port} ssl; ssl_certificate {folder}/cert; ssl_certificate_key {folder}/key; root {folder}; }} }}
""")
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")])
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except ConnectionRefusedError:
            if process.poll() is not None:
                raise
            time.sleep(0.05)


def measure(command, folder):
    out = folder / "out"
    out.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run([*command, "-o", str(out)], check=True)
    elapsed = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not filecmp.cmp(out, folder / "blob", shallow=False):
        raise SystemExit(f"{command[0]}: what came is not what was there")
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    results = {}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder, port, tls_port = pathlib.Path(name), free_port(), free_port()
        server = start(folder, port, tls_port)
        try:
            for _ in range(RUNS):
                for way, url in (("http", f"http://127.0.0.1:{port}/blob"), ("https", f"https://127.0.0.1:{tls_port}/blob")):
                    for who, command in (("soket", ["dotnet", str(DLL), "fetch", "--quiet", "--cacert", str(folder / "cert"), url]), ("curl", ["curl", "-s", "--http1.1", "--cacert", str(folder / "cert"), url])):
                        results.setdefault((way, who), []).append(measure(command, folder))
        finally:
            server.terminate()
            server.wait()
    print(f"medians of {RUNS} runs, {SIZE >> 20} MiB each, to a file in memory; the whole process, start-up included")
    for (way, who), runs in results.items():
        elapsed, processor = (statistics.median(column) for column in zip(*runs))
        print(f"{way:5} {who:5} {SIZE / 2**20 / elapsed:7.0f} MiB/s   {processor:5.2f} s CPU")


main()
