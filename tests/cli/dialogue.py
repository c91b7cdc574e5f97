#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""dialogue.py COMMAND...: runs it at a terminal of its own, 80 columns wide.

Standard input holds the dialogue: lines of `what it says => what is typed`.
Each waits until the terminal shows the first and then types the second, "^C"
for Ctrl-C and "^Z" for Ctrl-Z. What the terminal showed goes to standard output, and a line
"[echo off]" or "[echo on]" for what was set when it was typed at. The exit
code is the command's; 99 when it did not say what it should in 20 seconds.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

LIMIT = 20
KEYS = {"^C": b"\3", "^Z": b"\x1a"}
ECHO = 3  # tcgetattr()[3] are the local modes


def echoes(fd):
    return bool(termios.tcgetattr(fd)[ECHO] & termios.ECHO)


def show(data):
    sys.stdout.buffer.write(data.replace(b"\r\n", b"\n"))
    sys.stdout.buffer.flush()


def read_until(fd, wanted):
    """What came until `wanted`, or until the end when it is None."""
    seen, until = b"", time.monotonic() + LIMIT
    while wanted is None or wanted not in seen:
        left = until - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            show(seen)
            return False
        try:
            data = os.read(fd, 4096)
        except OSError:
            data = b""
        if not data:
            show(seen)
            return wanted is None
        seen += data
    show(seen)
    return True


def main():
    lines = [line.rstrip("\n").split(" => ") for line in sys.stdin]
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    good = True
    for wanted, typed in lines:
        good = read_until(fd, wanted.encode())
        if not good:
            break
        show(b"[echo %s]" % (b"on" if echoes(fd) else b"off"))
        os.write(fd, KEYS.get(typed, typed.encode() + b"\n"))
    if good:
        good = read_until(fd, None)
    if not good:
        os.kill(pid, 9)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    sys.exit(status if good and status >= 0 else 99)


main()
