#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""batch_requests.py KEY FOLDER COUNT: host0000.csr, host0001.csr, ... of one
key, each for host0000.example.com and so on; four openssl at a time."""
import subprocess
import sys

key, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
running = []
for i in range(count):
    host = "host%04d.example.com" % i
    running.append(subprocess.Popen(
        ["openssl", "req", "-new", "-key", key, "-subj", "/CN=" + host,
         "-addext", "subjectAltName=DNS:" + host,
         "-out", "%s/host%04d.csr" % (folder, i)]))
    if len(running) == 4:
        assert running.pop(0).wait() == 0
for process in running:
    assert process.wait() == 0
