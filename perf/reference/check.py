"""Whether the programs here can be believed: every server answers right, and the load generators notice each kind of lie. check.py FOLDER, or `make check`.

A generator that does not notice measures nothing; so each lie is told by a small server, and the exit code is looked at.
"""
import json
import pathlib
import socket
import subprocess
import sys
import threading

FOLDER = pathlib.Path(sys.argv[1])
RIGHT, CLOSED, WRONG = 0, 3, 4
wrong = []


def expect(what, expected, got, said=""):
    print(f"{'ok  ' if got == expected else 'FAIL'} {what}: exit {got}{'' if got == expected else f' instead of {expected}'} {said.strip()[:90]}")
    if got != expected:
        wrong.append(what)


def run(program, *options):
    done = subprocess.run([FOLDER / program, *map(str, options)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout or done.stderr


def start(program, *options):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([FOLDER / program, str(port), *options], stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "ready\n":
        wrong.append(program)
    return process, port


def liar(lie):
    """An echo server that is honest for some messages, and then is not."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection):
        count = 0
        try:
            while data := connection.recv(65536):
                count += 1
                if count > 200:
                    data = lie(connection, data)
                    if data is None:
                        return
                connection.sendall(data)
        except OSError:
            pass  # the generator has had enough

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def close(connection, data):
    connection.close()


for program, *options in (["tcp_echo_epoll"], ["tcp_echo_epoll", "2"], ["tcp_echo_uring"], ["tcp_echo_uv"]):
    if not (FOLDER / program).exists():
        print(f"     {program}: not built")
        continue
    process, port = start(program, *options)
    for load in ((1, 1, 64), (300, 3, 1000), (20, 16, 65536)):
        code, said = run("tcp_load", "--port", port, "--connections", load[0], "--in-flight", load[1], "--size", load[2], "--seconds", 0.3, "--server-pid", process.pid)
        expect(f"{program} {' '.join(options)} {load}", RIGHT, code, said)
        if code == RIGHT:
            sample = json.loads(said)
            expect(f"{program}: all of it back, and ended", (0, 0), (sample["unreturned"], sample["unended"]))
    expect(f"{program} connections", RIGHT, *run("tcp_load", "--port", port, "--mode", "connect", "--connections", 8, "--seconds", 0.3))
    process.kill()

process, port = start("tcp_sink")
expect("tcp_sink counts what was sent", RIGHT, *run("tcp_load", "--port", port, "--mode", "stream", "--connections", 3, "--size", 65536, "--seconds", 0.3))
process.kill()
for how in ("one", "many"):
    process, port = start("udp_echo", how)
    expect(f"udp_echo {how}", RIGHT, *run("udp_load", "--port", port, "--sockets", 8, "--window", 8, "--seconds", 0.3))
    process.kill()

# The measuring begins after a second, when each of these has been lying for long.
lying = ("--connections", 2, "--in-flight", 2, "--warm-up", 1, "--seconds", 1)
expect("a byte that changed", WRONG, *run("tcp_load", "--port", liar(lambda _, data: data[:-1] + bytes([data[-1] ^ 1])), *lying))
expect("a byte too many", WRONG, *run("tcp_load", "--port", liar(lambda _, data: data + b"x"), *lying))
expect("bytes in another order", WRONG, *run("tcp_load", "--port", liar(lambda _, data: data[::-1]), *lying))
expect("a connection that closes", CLOSED, *run("tcp_load", "--port", liar(close), *lying))
expect("a server that stalls", CLOSED, *run("tcp_load", "--port", liar(lambda _, data: b""), *lying))
with socket.socket() as nobody:
    nobody.bind(("127.0.0.1", 0))
    expect("nobody there", CLOSED, *run("tcp_load", "--port", nobody.getsockname()[1]))
    expect("nobody there, UDP", CLOSED, *run("udp_load", "--port", nobody.getsockname()[1], "--seconds", 0.3))
sys.exit(f"{len(wrong)} failed" if wrong else 0)
