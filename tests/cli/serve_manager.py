# SPDX-License-Identifier: GPL-3.0-or-later
"""A service manager of a few lines, for `signet serve`.

    serve_manager.py notify COMMAND...    with NOTIFY_SOCKET and WATCHDOG_USEC
    serve_manager.py sockets COMMAND...   with two sockets, by LISTEN_FDS

`notify` waits for what it is to be told, stops the service, and says on
standard error what it heard. `sockets` becomes the command.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile

PATIENCE = 20  # seconds after which a test has failed


def notify(command):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "notify")
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        told.bind(path)
        told.settimeout(PATIENCE)
        heard = []

        def listen_for(word):
            while word not in heard:
                for line in told.recv(4096).decode().splitlines():
                    name, _, value = line.partition("=")
                    if value == "1" and name not in heard:
                        heard.append(name)

        environment = dict(
            os.environ, NOTIFY_SOCKET=path, WATCHDOG_USEC="200000"
        )
        service = subprocess.Popen(command, env=environment)
        try:
            listen_for("READY")
            listen_for("WATCHDOG")
            service.send_signal(signal.SIGTERM)
            listen_for("STOPPING")
            code = service.wait(PATIENCE)
        finally:
            if service.poll() is None:
                service.kill()
                service.wait()
        print("told: %s, exit %d" % (" ".join(heard), code), file=sys.stderr)


def sockets(command):
    tcp = socket.socket()
    tcp.bind(("127.0.0.1", 0))
    local = socket.socket(socket.AF_UNIX)
    local.bind(os.path.abspath("front.sock"))
    for number, one in enumerate((tcp, local), 30):
        one.listen(16)
        os.dup2(one.fileno(), number)
    for number in (3, 4):
        os.dup2(number + 27, number, inheritable=True)
    os.closerange(5, 64)
    os.environ.update(
        LISTEN_FDS="2", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="a:b"
    )
    os.execvp(command[0], command)


if __name__ == "__main__":
    {"notify": notify, "sockets": sockets}[sys.argv[1]](sys.argv[2:])
