# SPDX-License-Identifier: GPL-3.0-or-later
"""What every part of tests/bench/run uses: processes that take turns, medians,
homes, and the two questions that are asked after each part: does the ledger
hold every row, and is `audit` clean."""

import os
import platform
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

median = statistics.median


class Failed(Exception):
    """Something was lost, or a program failed: no figure is worth it."""


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def run(*words, cwd=None, home=None, ok=(0,)):
    """A step that is not measured; what it said."""
    done = subprocess.run(
        [str(w) for w in words], cwd=cwd, env=environment(home),
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode not in ok:
        raise Failed(f"{' '.join(map(str, words))[:200]}: exit "
                     f"{done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def environment(home=None):
    env = dict(os.environ, LC_ALL="C.UTF-8")
    env.pop("SIGNET_HOME", None)
    if home is not None:
        env["SIGNET_HOME"] = str(home)
    return env


class Job:
    """A process that is measured: begun by the cheapest call there is."""

    def __init__(self, words, cwd, home=None, out="/dev/null"):
        self.words = [str(w) for w in words]
        # posix_spawn() knows no folder: env(1) would be one more program.
        here = os.getcwd()
        os.chdir(cwd)
        write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self.errors = Path(cwd, "errors")
        actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, str(out), write, 0o600),
                   (os.POSIX_SPAWN_OPEN, 2, str(self.errors), write, 0o600)]
        env = environment(home)
        try:
            self.start = time.perf_counter()
            self.pid = os.posix_spawnp(
                self.words[0], self.words, env, file_actions=actions)
        finally:
            os.chdir(here)

    def end(self, ok=(0,)):
        """Seconds."""
        _, status, self.usage = os.wait4(self.pid, 0)
        self.seconds = time.perf_counter() - self.start
        self.processor = self.usage.ru_utime + self.usage.ru_stime
        code = os.waitstatus_to_exitcode(status)
        if code not in ok:
            raise Failed(f"{' '.join(self.words)[:200]}: exit {code}: "
                         f"{self.errors.read_text()[-500:]}")
        return self.seconds


def seconds(words, cwd, home=None, out="/dev/null", ok=(0,)):
    return Job(words, cwd, home, out).end(ok)


def in_turn(rounds, **programs):
    """{name: [what program(round) returned]}: in each round each once, the
    first another one each time; what the disk still has to write is written
    before the clock runs."""
    names = list(programs)
    found = {name: [] for name in names}
    for i in range(rounds):
        for name in names[i % len(names):] + names[:i % len(names)]:
            os.sync()
            found[name].append(programs[name](i))
    return found


def ratio(over, under):
    """The median of the rounds' ratios: a machine that slows down slows both."""
    return median(a / b for a, b in zip(over, under))


def ms(values):
    return f"{median(values) * 1000:.2f} ms"


def spread(values):
    """Half of the rounds lie between these."""
    low, _, high = statistics.quantiles(values, n=4)
    return low, high


def count(number):
    return f"{number:,.0f}"


class Bench:
    """One run: where it works, what it measures, how often."""

    def __init__(self, build, scratch, rounds, size, quick):
        self.build, self.scratch = Path(build), Path(scratch)
        self.source = Path(__file__).resolve().parents[2]
        self.scripts = Path(__file__).resolve().parent
        self.rounds, self.size, self.quick = rounds, size, quick
        self.signet = self.build / "signet"
        self.threads = os.cpu_count()
        self.made = {}

    def tool(self, noun):
        return self.build / "tests" / f"bench_{noun}"

    def folder(self, name):
        path = self.scratch / name
        if path.exists():
            shutil.rmtree(path)
        path.mkdir(parents=True)
        return path

    def few(self, number):
        """A tenth of it for a trial."""
        return max(number // 10, 1) if self.quick else number

    # ---- homes ----

    def home(self, key="ecdsa-p256"):
        """A new authority, to be copied: root and "issuing"."""
        if ("home", key) not in self.made:
            home = self.folder(f"home-{key}") / "home"
            run(self.signet, "init", "Bench Root", "--key", key,
                "--no-passphrase", "--quiet", home=home)
            run(self.signet, "ca", "add", "issuing", "Bench CA", "--key", key,
                "--no-passphrase", "--quiet", home=home)
            self.made["home", key] = home
        return self.made["home", key]

    def copy_of(self, home, to):
        if to.exists():
            shutil.rmtree(to)
        shutil.copytree(home, to)
        return to

    def requests(self, number, key="ecdsa-p256"):
        """A folder with that many, each for a key of its own."""
        if ("requests", key, number) not in self.made:
            folder = self.folder(f"requests-{key}-{number}")
            say(f"  making {number} requests, {key}")
            run(self.tool("batch"), "requests", folder, number, key)
            self.made["requests", key, number] = folder
        return self.made["requests", key, number]

    def issuer(self, home):
        """PEM of the certificate of "issuing", and its key's file."""
        path = home.parent / "issuing.pem"
        if not path.exists():
            path.write_text(run(self.signet, "show", self.serial_of(home),
                                "--pem", home=home))
        return path, home / "keys" / "issuing.key"

    def serial_of(self, home):
        with open_ledger(home) as db:
            return db.execute("""SELECT lower(hex(c.serial)) FROM authority a
                JOIN certificate c ON c.id = a.certificate
                WHERE a.name = 'issuing'""").fetchone()[0]

    # ---- afterwards ----

    def must_hold(self, home, number):
        """As many are issued, the two of the home's authorities aside, and
        nothing else was intended."""
        with open_ledger(home) as db:
            issued, intended = db.execute("""SELECT sum(state = 2),
                sum(state = 1) FROM certificate""").fetchone()
        if issued - 2 != number or intended != 0:
            raise Failed(f"{home}: {issued - 2} are issued and {intended} "
                         f"intended; {number} were signed")

    def must_be_clean(self, home):
        said = run(self.signet, "audit", home=home)
        if " 0 faults, 0 orphans" not in said:
            raise Failed(f"{home}: audit: {said}")


class open_ledger:
    def __init__(self, home):
        self.db = sqlite3.connect(f"file:{home / 'ledger.db'}?mode=ro",
                                  uri=True)

    def __enter__(self):
        return self.db

    def __exit__(self, *_):
        self.db.close()


# ---- the machine ----

def first_line(*words):
    try:
        said = subprocess.run(words, capture_output=True, text=True).stdout
    except OSError:
        return ""
    return said.partition("\n")[0].strip()


def machine(bench):
    """In a few words, for whoever reads the figures."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    with open("/proc/meminfo") as f:
        memory = int(f.readline().split()[1]) / (1 << 20)
    kind = first_line("stat", "-f", "-c", "%T", str(bench.scratch))
    return (f"{bench.threads} x {model}, {memory:.0f} GiB, "
            f"{platform.system()} {platform.release()}, {kind}")


def versions():
    """Of the peers; or that one is not there."""
    ret = []
    for name, words in (("openssl", ["openssl", "version"]),
                        ("cfssl", ["cfssl", "version"])):
        found = re.search(r"\d[\w.]*", first_line(*words))
        ret.append(f"{name} {found[0]}" if found else f"no {name}")
    return ", ".join(ret)
