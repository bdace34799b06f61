"""Notices clients who leave while they wait: the connection to the container that works for them is closed then."""

import contextlib
import selectors
import socket
import threading

LOOK_S = 0.1  # how often those that came meanwhile are taken into the watch


class ClientWatch:
    """One thread that looks after all connections; both sockets of a pair are forgotten once one is closed."""

    def __init__(self) -> None:
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._lock = threading.Lock()
        self._some = threading.Event()
        threading.Thread(target=self._watch, name="clients", daemon=True).start()

    def add(self, client: socket.socket, container: socket.socket) -> None:
        """Shut ``container`` down when ``client`` is closed at its other end."""
        with self._lock:
            self._pairs[client] = container
        self._some.set()

    def _watch(self) -> None:
        while self._some.wait():
            with self._lock:
                self._pairs = {
                    client: container
                    for client, container in self._pairs.items()
                    if client.fileno() >= 0 and container.fileno() >= 0
                }
                if not self._pairs:
                    self._some.clear()
            for client in self._readable():
                with contextlib.suppress(OSError, ValueError):  # closed in this very moment
                    if client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                        self._pairs[client].shutdown(socket.SHUT_RDWR)
                with self._lock:
                    self._pairs.pop(client, None)

    def _readable(self) -> list[socket.socket]:
        """Wait a moment; return clients who have closed, or who have sent more and cannot be watched any longer."""
        with selectors.DefaultSelector() as selector:
            for client in list(self._pairs):
                with contextlib.suppress(OSError, ValueError):
                    selector.register(client, selectors.EVENT_READ)
            return [key.fileobj for key, _ in selector.select(LOOK_S)]  # type: ignore[misc]
