#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""doc_console.py [--write] PAGE [OLD=NEW...]

Types the commands of a page's ```console blocks ("$ " lines, "> " where one
goes on) into one bash, from top to bottom, and holds what comes out against
what the page shows. Serials, fingerprints, times and the like differ from run
to run, what an audit counts from release to release: both sides are compared
with those taken out. OLD=NEW: the page's word OLD is NEW on this machine (a
port). --write puts what came out into the page, all of it of this one run.

Ends with 1 and the differences where there are any.
"""
import difflib
import re
import socket
import subprocess
import sys
import time

END = "doc-console-end-of-output"

# What no two runs share. Order matters: the longer first.
VARIES = [
    (r"\b[0-9a-f]{16}\.\.\.", "HEX..."),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z| UTC)?", "TIME"),
    (r"\b\d{4}-\d\d-\d\d\b", "DAY"),
    (r"\b[0-9A-F]{2}(:[0-9A-F]{2}){5,}:?", "FINGERPRINT"),
    (r"\b[0-9a-f]{16,}\b", "HEX"),
    (r"^(\[\d+\]) \d+$", r"\1 PID"),
    # What an audit counts grows with what is recorded.
    (r"^\d+ certificates?, .*(?=: \d+ faults)", "COUNTS"),
]


def plain(line):
    for pattern, word in VARIES:
        line = re.sub(pattern, word, line)
    return line.rstrip()


def parts(text):
    """The page as [("text", lines) | ("command", lines, output lines)]."""
    found, block = [("text", [])], False
    for line in text.split("\n"):
        if line.startswith("```"):
            block = line == "```console"
            found.append(("text", [line]))
        elif not block:
            found[-1][1].append(line)
        elif line.startswith("$ "):
            found.append(("command", [line], []))
        elif line.startswith("> ") and found[-1][0] == "command" \
                and not found[-1][2]:
            found[-1][1].append(line)
        elif found[-1][0] == "command":
            found[-1][2].append(line)
        else:
            sys.exit(f"doc_console.py: output before a command: {line}")
    return found


def await_server(command):
    """Who types goes slower than a server starts."""
    place = re.search(r"-accept (\S+):(\d+) .*&$", command, re.M)
    for _ in range(200 if place else 0):
        try:
            socket.create_connection((place[1], int(place[2]))).close()
            return
        except OSError:
            time.sleep(0.05)


class Shell:
    def __init__(self):
        self.bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def run(self, command):
        # Standard input is ours: no command may read it.
        self.bash.stdin.write(
            f"{{ {command}\n}} </dev/null\necho; echo {END}\n")
        self.bash.stdin.flush()
        lines = []
        for line in self.bash.stdout:
            if line.rstrip("\n") == END:
                break
            lines.append(line.rstrip("\n"))
        else:
            sys.exit(f"doc_console.py: the shell ended at: {command}")
        if lines and lines[-1] == "":
            lines.pop()
        return [line.rstrip() for line in lines]

    def close(self):
        self.bash.stdin.close()
        self.bash.wait()


def main():
    words = sys.argv[1:]
    write = "--write" in words
    words = [word for word in words if word != "--write"]
    page, swaps = words[0], [word.split("=", 1) for word in words[1:]]
    with open(page, encoding="utf-8") as file:
        found = parts(file.read())
    shell, wrong, commands, result = Shell(), [], 0, []
    for part in found:
        result += part[1]
        if part[0] == "text":
            continue
        commands += 1
        command = "\n".join(line[2:] for line in part[1])
        for old, new in swaps:
            command = command.replace(old, new)
        came = shell.run(command)
        await_server(command)
        for old, new in swaps:
            came = [line.replace(new, old) for line in came]
        shown = part[2]
        if [plain(line) for line in came] != [plain(line) for line in shown]:
            wrong.append(part[1][0])
            wrong += list(difflib.unified_diff(
                [plain(line) for line in shown],
                [plain(line) for line in came],
                "the page", "what came", lineterm="", n=1))
        result += came
    shell.close()
    if write:
        with open(page, "w", encoding="utf-8") as file:
            file.write("\n".join(result))
    print(f"{commands} commands of {page}")
    if wrong and not write:
        print("\n".join(wrong))
    sys.exit(1 if commands == 0 or (wrong and not write) else 0)


main()
