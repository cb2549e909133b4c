"""A relay on loopback that adds latency and nothing else: bytes go on half of it later, in order.

python relay.py PORT MILLISECONDS      prints its own port, and runs until it is killed
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque

PIECE = 1 << 20
HELD = 64 << 20  # bytes under way in one direction, at most


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """One direction of a connection."""
    loop = asyncio.get_running_loop()
    under_way: deque[tuple[float, bytes]] = deque()
    came, room = asyncio.Event(), asyncio.Event()
    room.set()

    async def deliver() -> None:
        while True:
            while not under_way:
                came.clear()
                await came.wait()
            due, data = under_way[0]
            await asyncio.sleep(due - loop.time() if due > loop.time() else 0)
            under_way.popleft()
            room.set()
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.close()

    task = asyncio.create_task(deliver())
    data = b"begun"
    while data:
        try:
            data = await reader.read(PIECE)
        except OSError:
            data = b""
        under_way.append((loop.time() + delay, data))
        came.set()
        while sum(len(piece) for _, piece in under_way) > HELD:
            room.clear()
            await room.wait()
    await task


async def main(port: int, delay: float) -> None:
    """Serve."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up = await asyncio.open_connection("127.0.0.1", port, limit=PIECE)
        await asyncio.gather(
            carry(reader, up[1], delay), carry(up[0], writer, delay), return_exceptions=True
        )

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=PIECE)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 2000))
