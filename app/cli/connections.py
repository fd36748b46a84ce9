"""The server's HTTP connections, which an answer may drop."""

import socket
import struct

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.routers.ss12000.whole_sets import DROP

# Longer than a proxy keeps an idle connection to us (deploy/Caddyfile): were we the first to close
# it, a request that is on its way would be lost, and one that writes cannot be sent again.
IDLE_SECONDS = 75
# Linger for no time: what the other end has not taken is thrown away.
NOT_AT_ALL = struct.pack("ii", 1, 0)


class DroppableConnection(HttpToolsProtocol):
    """uvicorn's own, and a way to end it at once.

    A connection that is closed in order waits for its consumer to take what was written to it,
    and waits for ever when the consumer reads no more.
    """

    def on_message_begin(self) -> None:
        """Tell the application how, in the request's scope."""
        super().on_message_begin()
        self.scope["extensions"] = {DROP: {"drop": self._drop}}

    def _drop(self) -> None:
        connection: socket.socket = self.transport.get_extra_info("socket")
        if not self.transport.is_closing():
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NOT_AT_ALL)
        self.transport.abort()
