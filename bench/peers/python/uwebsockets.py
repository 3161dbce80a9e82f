"""uWebSockets: the fan-out is that of the C++ library; Python only says to whom."""

import sys

from socketify import App, CompressOptions

ROOM = "room"
app = App()
app.ws(
    "/*",
    {
        "compression": CompressOptions.DISABLED,
        "max_payload_length": 64 * 1024,
        "idle_timeout": 120,
        "max_backpressure": 16 * 1024 * 1024,
        "open": lambda ws: ws.subscribe(ROOM),
        "message": lambda ws, message, opcode: app.publish(ROOM, message, opcode),
    },
)
app.listen(
    {"host": "127.0.0.1", "port": int(sys.argv[1])},
    lambda it: print(f"listening at http://127.0.0.1:{it.port}/", flush=True),
)
app.run()
