"""A mail server on this machine that takes what it is given, unless it is told otherwise."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Office:
    """A mail server that takes, unless `says` is something else."""

    port: int = 0
    says: str = "250 OK"
    of_nobody: str = "550 5.1.1 No such mailbox 没有此邮箱"  # to an address that begins with nobody@
    mails: list[Any] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.says.startswith("250"):
            self.mails.append(envelope)
        return self.says

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _o: Any) -> str:  # noqa: N802
        if address.startswith("nobody@"):
            return self.of_nobody
        envelope.rcpt_tos.append(address)
        return "250 OK"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def read(self, place: int = -1) -> Any:
        read: Any = email.message_from_bytes(self.mails[place].content, policy=default)
        return read


@contextmanager
def opened() -> Iterator[Office]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        handler = Office(free.getsockname()[1])
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port, decode_data=False, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()
