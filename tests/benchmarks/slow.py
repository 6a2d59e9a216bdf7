"""`python -m tests.benchmarks.slow PORT SECONDS [ADDRESS]`: a receiver that takes every message, many at once."""

from __future__ import annotations

import asyncio
import re
import sys

LENGTH = re.compile(rb"content-length: (\d+)", re.I)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if length := LENGTH.search(head):
                await reader.readexactly(int(length[1]))
            await asyncio.sleep(seconds)
            writer.write(b"HTTP/1.1 204 Taken\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # whoever called has hung up
    finally:
        writer.close()


async def listen(port: int, seconds: float, address: str = "127.0.0.1") -> None:
    server = await asyncio.start_server(
        lambda reader, writer: answer(reader, writer, seconds), address, port, backlog=512
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(listen(int(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:]))
