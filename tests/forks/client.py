"""Has `server.py` run `mnistkit` with this process's streams, folder and environment.

python client.py SOCKET WORD...
"""

import json
import os
import socket
import sys
from pathlib import Path

_, path, *words = sys.argv
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
    connection.connect(path)
    request = {"words": words, "folder": str(Path.cwd()), "environment": dict(os.environ)}
    socket.send_fds(connection, [json.dumps(request).encode()], (0, 1, 2))
    code = int(connection.recv(16))
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
