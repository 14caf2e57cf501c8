"""TCP echo with a thread a connection, as it is written in a first lab: threaded_echo.py PORT"""
import socket
import sys
import threading


def serve(connection):
    with connection:
        try:
            while data := connection.recv(65536):
                connection.sendall(data)
        except ConnectionError:
            pass


threading.stack_size(256 * 1024)  # a thousand threads fit
with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=4096) as listener:
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
