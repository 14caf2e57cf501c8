"""TCP echo on asyncio, as a protocol (its fastest way): asyncio_echo.py PORT [uvloop]"""
import asyncio
import sys


class Echo(asyncio.Protocol):
    def connection_made(self, transport):  # asyncio and uvloop set TCP_NODELAY by themselves
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):  # the peer takes no more: take no more from it
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main(port):
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port, backlog=4096)
    print("ready", flush=True)
    await server.serve_forever()


if sys.argv[2:] == ["uvloop"]:
    import uvloop

    uvloop.install()
asyncio.run(main(int(sys.argv[1])))
