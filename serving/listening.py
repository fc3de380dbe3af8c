"""On which addresses this process listens, whoever opened the sockets.

The address is BentoML's to open: `bentoml serve --host 0.0.0.0` would pass by our settings.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from serving.settings import Settings, SettingsError


def check_listening(settings: Settings) -> None:
    """Raise SettingsError where the service is open and can be reached from other machines."""
    if settings.keys_file is not None:
        return
    for address in listening():
        if not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            raise SettingsError(f"NIANBAO_KEYS_FILE: {address} needs keys")


def listening() -> Iterator[str]:
    """Yield the addresses of the listening TCP sockets of this process (Linux; else none)."""
    folder = Path("/proc/self/fd")
    for entry in list(folder.iterdir()) if folder.is_dir() else []:
        try:
            if not stat.S_ISSOCK(entry.stat().st_mode):
                continue
            with socket.socket(fileno=os.dup(int(entry.name))) as found:
                inet = found.family in (socket.AF_INET, socket.AF_INET6)
                if inet and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    yield str(found.getsockname()[0])
        except OSError:
            continue
