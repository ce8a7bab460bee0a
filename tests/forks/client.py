"""Has `server.py` run `mnistkit` with this process's streams, folder and environment.

python client.py SOCKET WORD...

Into the file that the environment variable `_MNISTKIT_USAGE` names, if any, it writes how many KiB
of memory and seconds of computing the command took at most.
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
    code, *used = connection.recv(99).split()
if "_MNISTKIT_USAGE" in os.environ:
    Path(os.environ["_MNISTKIT_USAGE"]).write_bytes(b" ".join(used))
code = int(code)
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
