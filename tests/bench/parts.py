# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests/bench/run measures: one function for each group of lines. Each
returns {"targets": [[work, target, found, kept]], "head": [...], "rows":
[[...]], "notes": [...]}; "rows" is the part's own table."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from measure import (Failed, Job, count, environment, in_turn, median, ms,
                     open_ledger, ratio, run, say, seconds, spread)
from peers import Cfssl, OpenSSL, free_port, wait_for

POLICY = ("--policy", "server")


def at_most(work, what, limit, found):
    return [work, f"at most {limit} x {what}", f"{found:.2f} x",
            found <= limit]


def at_least(work, what, limit, found):
    return [work, f"at least {limit} x {what}", f"{found:.2f} x",
            found >= limit]


def share(work, what, limit, found):
    return [work, f"at least {limit}% of {what}", f"{100 * found:.0f}%",
            100 * found >= limit]


def table(head, *rows):
    return {"targets": [], "head": head, "rows": [list(r) for r in rows],
            "notes": []}


def has(name):
    return shutil.which(name) is not None


def name_absent(result, *names):
    for name in names:
        if not has(name):
            result["notes"].append(f"{name} is not installed: left out.")


# ---- cold ----


def cold(bench):
    """One certificate by a process that was not there before."""
    rounds = bench.few(70)
    folder = bench.folder("cold")
    home = bench.copy_of(bench.home(), folder / "home")
    issuer = bench.issuer(bench.home())
    requests = sorted(bench.requests(bench.few(2000)).iterdir())
    floor = bench.folder("cold/floor")
    for file in bench.home().glob("ledger.db*"):
        shutil.copy(file, floor)
    (folder / "out").mkdir()
    issued = {}

    def signet(i):
        issued[i] = folder / "out" / f"{i}.crt"
        return seconds([bench.signet, "sign", requests[i], *POLICY, "--out",
                        issued[i], "--quiet"], folder, home)

    # What is signed lies there: a certificate for the same request.
    sample = folder / "sample.crt"
    run(bench.signet, "sign", requests[-1], *POLICY, "--out", sample,
        "--quiet", home=home)

    def bare(i):
        return seconds([bench.tool("sign"), "once", floor / "ledger.db",
                        issuer[1], requests[i], sample, floor / f"{i}.crt"],
                       floor)

    programs = {"signet": signet, "floor": bare}
    if has("openssl"):
        openssl = OpenSSL(bench.folder("cold/openssl"), issuer)
        programs["openssl"] = lambda i: openssl.sign(
            requests[i], openssl.folder / f"{i}.crt")
    if has("cfssl"):
        cfssl = Cfssl(bench.folder("cold/cfssl"), issuer)
        programs["cfssl"] = lambda i: cfssl.sign(requests[i])
    nothing = {"nothing": lambda i: seconds(["true"], folder)}
    found = in_turn(rounds, **programs, **nothing)
    bench.must_hold(home, rounds + 1)
    bench.must_be_clean(home)

    names = {"signet": "`signet sign`", "floor": "the floor",
             "openssl": "`openssl ca`", "cfssl": "`cfssl sign`, SQLite",
             "nothing": "`true`"}
    result = table(["", "median", "half of them between", "beside"])
    for name, taken in found.items():
        low, high = spread(taken)
        result["rows"].append(
            [names[name], ms(taken), f"{low * 1000:.2f} to {high * 1000:.2f} ms",
             f"{ratio(found['signet'], taken):.2f} x"
             if name not in ("signet", "nothing") else ""])
    work = "cold: one P-256 certificate"
    for name, what, limit in (
            ("floor", "the floor", 1.25), ("openssl", "`openssl ca`", 1.0),
            ("cfssl", "cfssl with SQLite", 0.9)):
        if name in found:
            result["targets"].append(at_most(
                work, what, limit, ratio(found["signet"], found[name])))
    result["notes"].append(f"{rounds} rounds.")
    name_absent(result, "openssl", "cfssl")
    return result


# ---- bulk ----


def bulk_round(bench, key, requests, number, folder):
    """What takes turns; each returns (seconds, processor seconds). Nothing is
    removed between the rounds: ext4 passes over an inode that was freed in the
    last minute, one by one, and who comes next would pay for it."""
    issuer = bench.issuer(bench.home(key))

    def signet(i):
        home = bench.copy_of(bench.home(key), folder / f"home{i}")
        out = folder / f"signed{i}"
        out.mkdir()
        os.sync()
        job = Job([bench.signet, "sign", "--batch", requests, *POLICY,
                   "--out-dir", out, "--threads", bench.threads, "--quiet"],
                  folder, home)
        job.end()
        written = sum(1 for _ in os.scandir(out))
        if written != number:
            raise Failed(f"sign --batch: {written} files of {number}")
        bench.must_hold(home, number)
        return job.seconds, job.processor

    def bound(_):
        job = Job([bench.tool("batch"), "bound", requests, issuer[1],
                   bench.threads], folder, out=folder / "bound")
        job.end()
        taken, processor = (folder / "bound").read_text().split()
        return float(taken), float(processor)

    programs = {"signet": signet, "bound": bound}
    if has("openssl") and key == "ecdsa-p256":
        def peer(i):
            openssl = OpenSSL(
                bench.folder(f"{folder.name}-openssl{i}"), issuer)
            os.sync()
            return openssl.sign_all(requests)

        programs["openssl"] = peer
    return programs


def cfssl_rate(bench, key, requests, folder):
    """{} or {"cfssl": certificates a second}: its server signs for so long,
    whatever the number."""
    if key != "ecdsa-p256" or not has("cfssl") or not has("wrk"):
        return {}, None
    cfssl = Cfssl(bench.folder(f"{folder.name}-cfssl"),
                  bench.issuer(bench.home(key)))
    cfssl.write_script(requests)
    cfssl.serve()
    return {"cfssl": lambda _: cfssl.rate(1 if bench.quick else 4)}, cfssl


def bulk_of(bench, key, number, result):
    folder = bench.folder(f"bulk-{key}-{number}")
    requests = bench.requests(number, key)
    say(f"  {number} of {key}")
    programs = bulk_round(bench, key, requests, number, folder)
    peer, server = cfssl_rate(bench, key, requests, folder)
    try:
        found = in_turn(bench.rounds, **programs, **peer)
    finally:
        if server:
            server.end()
    bench.must_be_clean(folder / f"home{bench.rounds - 1}")
    rates = {name: [number / s for s, _ in found[name]] for name in programs}
    rates.update({name: found[name] for name in peer})
    row = [f"{key}, {count(number)}"]
    for name in ("signet", "bound", "openssl", "cfssl"):
        row.append(f"{count(median(rates[name]))}/s"
                   if name in rates else "-")
    row.append(f"{100 * ratio(rates['signet'], rates['bound']):.0f}%")
    for name in ("signet", "bound"):
        spent = median(processor for _, processor in found[name]) / number
        row.append(f"{spent * 1e6:.0f} us")
    result["rows"].append(row)
    work = f"bulk: {count(number)} certificates, {key}"
    if key == "ed25519":
        rate = median(rates["signet"])
        result["targets"].append(
            [work, "at least 6,000/s", f"{count(rate)}/s", rate >= 6000])
        return
    result["targets"].append(share(
        work, "the bound", 85, ratio(rates["signet"], rates["bound"])))
    for name, what, limit in (("openssl", "`openssl ca -infiles`", 1.3),
                              ("cfssl", "cfssl with SQLite", 4)):
        if name in rates:
            result["targets"].append(at_least(
                work, what, limit, ratio(rates["signet"], rates[name])))


def bulk(bench):
    """Many requests, from files to files."""
    result = table(["", "`sign --batch`", "the bound", "`openssl ca -infiles`",
                    "`cfssl serve`, SQLite", "of the bound",
                    "processor time each", "of the bound's"])
    bulk_of(bench, "ecdsa-p256", bench.few(2000), result)
    bulk_of(bench, "ecdsa-p256", bench.few(20000), result)
    bulk_of(bench, "ed25519", bench.few(20000), result)
    name_absent(result, "openssl", "cfssl", "wrk")
    return result


# ---- growth ----


def big_home(bench, each=None):
    """One with bench.size certificates, all of them issued; each(home, rows)
    is called at every power of ten on the way. Ed25519, which is made soonest;
    the rows are of the same size as those of P-256, all but 64 octets."""
    if "big" in bench.made:
        return bench.made["big"]
    home = bench.copy_of(bench.home("ed25519"), bench.folder("big") / "home")
    rows, extra = 0, 0
    if each:
        extra += each(home, 0)
    steps = [s for s in (1000, 10_000, 100_000, 1_000_000, 10_000_000)
             if s < bench.size] + [bench.size]
    for size in steps:
        say(f"  filling a ledger to {size}")
        run(bench.tool("audit"), "fill", home, size - rows - extra, "ed25519",
            rows + extra)
        rows = size - extra
        if each:
            extra += each(home, size)
    bench.made["big"] = home
    bench.made["big rows"] = rows + extra
    return home


def sign_both(bench, folder, requests, openssl_rounds):
    """each() of big_home(): one signing of Signet and of openssl ca, at every
    size."""
    points = {"signet": [], "openssl": []}
    taken = iter(range(10**9))
    (folder / "grown").mkdir()

    def each(home, size):
        programs = {"signet": lambda i: seconds(
            [bench.signet, "sign", requests[i], *POLICY, "--out",
             folder / "grown" / f"{next(taken)}.crt", "--quiet"], folder, home)}
        if has("openssl"):
            openssl = OpenSSL(bench.folder("growth-openssl"),
                              bench.issuer(bench.home()), size)
            programs["openssl"] = lambda i: openssl.sign(
                requests[i], openssl.folder / f"{i}.crt")
        found = in_turn(openssl_rounds, **programs)
        for name, values in found.items():
            points[name].append([size, median(values)])
        return openssl_rounds

    return points, each


def the_four(bench, folder, requests, home):
    """One after the other, in a home: what issues names the next."""
    folder.mkdir()
    last = {}

    def issue(i):
        last["file"] = folder / f"{i}.crt"
        return seconds([bench.signet, "sign", requests[i], *POLICY, "--out",
                        last["file"], "--quiet"], folder, home)

    def show(_):
        return seconds([bench.signet, "show", last["serial"]], folder, home)

    def find(i):
        out = folder / "found"
        name = f"h{i}.lab.example"
        spent = seconds([bench.signet, "list", "--name", name, "--json"],
                        folder, home, out)
        if f'"{name}"' not in out.read_text():
            raise Failed(f"list --name {name}: nothing")
        return spent

    def revoke(_):
        return seconds([bench.signet, "revoke", last["serial"], "--quiet"],
                       folder, home)

    def crl(_):
        # A list is later than the one before, by a second: what would wait
        # for it waits here.
        time.sleep(max(0, last.get("list", 0) - time.time()))
        (folder / "crl").unlink(missing_ok=True)
        last["list"] = int(time.time()) + 2
        return seconds([bench.signet, "crl", "--quiet", "--der", "--out",
                        "crl"], folder, home)

    def all_four(i):
        ret = {"issue": issue(i)}
        last["serial"] = serial_of(last["file"])
        ret["show"], ret["find"] = show(i), find(i)
        ret["revoke"], ret["crl"] = revoke(i), crl(i)
        return ret

    return all_four


def serial_of(path):
    said = run("openssl", "x509", "-in", path, "-noout", "-serial")
    return said.strip().partition("=")[2].lower()


def growth(bench):
    """What a command costs in a ledger of none, and of a million."""
    rounds = max(bench.rounds, bench.few(30))
    folder = bench.folder("growth")
    # The first hosts are in both ledgers: what is found is one of few.
    requests = sorted(bench.requests(bench.few(2000)).iterdir())
    points, each = sign_both(bench, folder, requests, bench.rounds)
    home = big_home(bench, each)
    empty = bench.copy_of(bench.home("ed25519"), folder / "home")
    found = in_turn(
        rounds, empty=the_four(bench, folder / "empty", requests, empty),
        full=the_four(bench, folder / "full", requests, home))
    bench.made["big rows"] += rounds
    bench.must_hold(empty, rounds)
    bench.must_be_clean(empty)
    bench.must_hold(home, bench.made["big rows"])
    say("  audit of all of it")
    audit = seconds([bench.signet, "audit"], folder, home,
                    folder / "audit.out")
    if " 0 faults, 0 orphans" not in (folder / "audit.out").read_text():
        raise Failed(f"{home}: audit found something")

    words = {"issue": "`sign`", "revoke": "`revoke`", "show": "`show SERIAL`",
             "find": "`list --name`", "crl": "`crl`, as many revoked"}
    size = count(bench.size)
    result = table(["", "0 rows", f"{size} rows", "ratio"])
    for name, word in words.items():
        few = [r[name] for r in found["empty"]]
        many = [r[name] for r in found["full"]]
        grown = ratio(many, few)
        result["rows"].append([word, ms(few), ms(many), f"{grown:.2f}"])
        result["targets"].append(at_most(
            f"growth: {word} at {size} rows", "at 0 rows", 1.2, grown))
    bytes_each = (home / "ledger.db").stat().st_size / bench.size
    result["notes"].append(
        f"{rounds} rounds. {bytes_each:.0f} octets a certificate in the "
        f"ledger; `audit` of all {size}: {audit:.0f} s.")
    if has("openssl"):
        first, last = points["openssl"][0][1], points["openssl"][-1][1]
        result["notes"].append(
            f"`openssl ca`: {first * 1000:.1f} ms at 0 rows, "
            f"{last * 1000:.0f} ms at {size}: {last / first:.0f} x.")
    result["series"] = points
    name_absent(result, "openssl")
    return result


# ---- what has its own script ----


def crl(bench):
    """A list of a million entries: tests/bench/crl.sh."""
    number = bench.size
    say(f"  crl.sh {number}")
    said = run(bench.scripts / "crl.sh", number, bench.signet,
               home=None, **with_rounds(bench))
    lines = {}
    for label, spent, peak, output in re.findall(
            r"^(.+?) +([\d.]+) s +cpu +[\d.]+ s +peak +(\d+) KiB +"
            r"output +(\d+) ", said, re.M):
        lines.setdefault(label, []).append(
            (float(spent), int(peak) / 1024, int(output) / 1024))
    result = table(["", "seconds", "peak memory", "output",
                    "beyond the output"])
    names = {"signet": "`signet crl`", "openssl": "`openssl ca -gencrl`",
             "cfssl": "`cfssl gencrl`, without reasons",
             "crl, 1 new": "`signet crl`, one more",
             "crl --delta, 1000 new": "`signet crl --delta`, 1000 new",
             "crl verify": "`signet crl verify`",
             "openssl crl (reads it)": "`openssl crl`, reading it"}
    for label, name in names.items():
        if label not in lines:
            continue
        spent, peak, output = (median(v) for v in zip(*lines[label]))
        result["rows"].append(
            [name, f"{spent:.2f}", f"{peak:.0f} MiB",
             f"{output:.1f} MiB", f"{peak - output:.0f} MiB"])
    work = f"a CRL of {count(number)} entries with reasons"
    ours = [line[0] for line in lines["signet"]]
    ratios = {peer: ratio([line[0] for line in lines[peer]], ours)
              for peer in ("openssl", "cfssl") if peer in lines}
    if ratios:
        best = min(ratios, key=ratios.get)
        result["targets"].append(at_least(
            work, f"as fast as the best peer ({best})", 5, ratios[best]))
    beyond = median(peak - output for _, peak, output in lines["signet"])
    result["targets"].append(
        [work, "under 64 MiB beyond the output", f"{beyond:.0f} MiB",
         beyond < 64])
    result["notes"].append(
        "The rows are put into the ledger by sqlite3, so that no audit would "
        "hold; the list is verified by `signet crl verify`.")
    name_absent(result, "openssl", "cfssl")
    return result


def with_rounds(bench):
    """For run(): how often the scripts measure, by the environment."""
    os.environ["BENCH_ROUNDS"] = str(bench.rounds)
    return {}


def ocsp(bench):
    """Answers a second: tests/bench/ocsp.sh, once for each round."""
    if not has("wrk"):
        result = table([""])
        name_absent(result, "wrk")
        return result
    length = 1 if bench.quick else 2
    rates, spent, raw = {}, {}, []
    for i in range(bench.rounds):
        say(f"  ocsp.sh, round {i + 1} of {bench.rounds}")
        said = run(bench.scripts / "ocsp.sh", length, bench.signet)
        if "refused" in said:
            raise Failed(f"ocsp.sh: {said}")
        for label, rate, each in re.findall(
                r"^(.+?) +(\d+) a second +([\d.]+) us", said, re.M):
            rates.setdefault(label, []).append(float(rate))
            spent.setdefault(label, []).append(float(each))
        raw.append(float(run(bench.tool("sign"), "rate", bench.threads,
                             length)))
    result = table(["", "answers a second", "processor time each"])
    for label in rates:
        result["rows"].append(
            [label, count(median(rates[label])),
             f"{median(spent[label]):.1f} us"])
    result["rows"].append(
        [f"raw P-256 signatures, {bench.threads} threads", count(median(raw)),
         f"{bench.threads * 1e6 / median(raw):.1f} us"])
    cached = rates["signet, cached, POST"]
    work = "cached OCSP answers, 64 connections"
    result["targets"].append(
        [work, "at least 50,000/s", f"{count(median(cached))}/s",
         median(cached) >= 50000])
    if "cfssl ocspserve, POST" in rates:
        result["targets"].append(at_least(
            work, "cfssl ocspserve", 1.5,
            ratio(cached, rates["cfssl ocspserve, POST"])))
    result["targets"].append(share(
        "uncached OCSP answers, P-256", "raw signatures", 60,
        ratio(rates["signet, uncached (nonce)"], raw)))
    result["notes"].append(
        f"{bench.rounds} rounds of {length} s each. `wrk`, which asks, runs "
        "on the same processors.")
    name_absent(result, "cfssl")
    return result


def audit(bench):
    """`audit` beside bare verification: tests/bench/audit.sh."""
    number = bench.few(100_000)
    say(f"  audit.sh {number}")
    os.environ["BENCH_THREADS"] = str(bench.threads)
    said = run(bench.scripts / "audit.sh", number, "ed25519", bench.build,
               **with_rounds(bench))
    pairs = [(float(bare), float(ours)) for bare, ours in re.findall(
        r"^round \d+: bare ([\d.]+) s, audit ([\d.]+) s", said, re.M)]
    peak = re.search(r"peak (\d+) MiB", said)[1]
    bare, ours = zip(*pairs)
    kept = ratio(bare, ours)
    result = table(
        ["", "bare", "`signet audit`", "share", "peak memory"],
        [f"Ed25519, {count(number)} certificates",
         f"{median(bare):.2f} s, {count(number / median(bare))}/s",
         f"{median(ours):.2f} s, {count(number / median(ours))}/s",
         f"{100 * kept:.0f}%", f"{peak} MiB"])
    result["targets"].append(share(
        f"`audit` of {count(number)} certificates",
        "bare verification and hashing", 70, kept))
    return result


# ---- serve, and what is on the disk ----


def pss_kib(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss: +(\d+) kB", text, re.M)[1])


def family(pid):
    """It and what it has started."""
    ret = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            ret += family(int(child))
    return ret


def idle(bench):
    """`serve` that nobody asks anything, on a ledger of a million."""
    folder = bench.folder("idle")
    home = big_home(bench)
    with open_ledger(home) as db:
        rows = db.execute("SELECT max(id) FROM certificate").fetchone()[0]
    port = free_port()
    server = subprocess.Popen(
        [bench.signet, "serve", "--listen", f"127.0.0.1:{port}", "--quiet"],
        cwd=folder, env=environment(home), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sums = []
    try:
        wait_for(port, server)
        # Whatever it begins with is done when its memory stays.
        while len(sums) < 3 or sums[-1] != sums[-3]:
            if len(sums) == 40:
                break
            time.sleep(0.5)
            parts = {pid: pss_kib(pid) for pid in family(server.pid)}
            sums.append(sum(parts.values()))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    total = sums[-1] / 1024
    names = ", ".join(f"{kib / 1024:.1f}" for kib in parts.values())
    result = table(["", "PSS", "each process"],
                   [f"`signet serve`, {count(rows)} rows", f"{total:.1f} MiB",
                    f"{names} MiB"])
    result["targets"].append(
        [f"`serve`, idle, {count(rows)} rows, all processes",
         "under 16 MiB PSS", f"{total:.1f} MiB", total < 16])
    return result


def weight(program):
    """Octets of a program, stripped, and of its libraries but for libc's."""
    libc = re.compile(r"/(libc|libm|libdl|libpthread|librt|ld-linux.*)\.so")
    files = [Path(p) for p in re.findall(
        r"(/\S+) \(0x", run("ldd", program, ok=(0, 1)))]
    libraries = sum(p.stat().st_size for p in files
                    if not libc.search(str(p)))
    return libraries


def size(bench):
    """What lies on the disk."""
    folder = bench.folder("size")
    result = table(["", "program", "its libraries, without libc", "together"])
    for name, path in (
            ("`signet`", bench.signet),
            ("`signet-front`, which `serve` starts",
             bench.build / "signet-front"),
            ("openssl", shutil.which("openssl")),
            ("cfssl", shutil.which("cfssl"))):
        if path is None:
            continue
        own = folder / Path(path).name
        shutil.copy(path, own)
        if has("strip"):
            run("strip", own)
        program, libraries = own.stat().st_size, weight(path)
        total = (program + libraries) / (1 << 20)
        result["rows"].append(
            [name, f"{program / (1 << 20):.1f} MiB",
             f"{libraries / (1 << 20):.1f} MiB", f"{total:.1f} MiB"])
        if name == "`signet`":
            result["targets"].append(
                ["`signet` with its libraries, without libc", "under 8 MiB",
                 f"{total:.1f} MiB", total < 8])
    name_absent(result, "openssl", "cfssl")
    return result


# ---- many ----


def many(bench):
    """Eight processes on one ledger, each of which commits singly."""
    hands = 8
    each = bench.few(250)
    folder = bench.folder("many")
    requests = sorted(bench.requests(bench.few(2000)).iterdir())
    turns = iter(range(10**9))
    homes = []

    def sign(parts):
        turn = next(turns)
        home = bench.copy_of(bench.home(), folder / f"home{turn}")
        homes.append(home)
        out = folder / f"signed{turn}"
        out.mkdir()
        for i in range(len(parts)):
            (folder / str(i)).mkdir(exist_ok=True)
        os.sync()
        start = time.perf_counter()
        jobs = [Job([bench.signet, "sign", *part, *POLICY, "--out-dir",
                     out, "--quiet"], folder / str(i), home)
                for i, part in enumerate(parts)]
        for job in jobs:
            job.end()
        taken = time.perf_counter() - start
        written = sum(1 for _ in os.scandir(out))
        if written != hands * each:
            raise Failed(f"{written} files of {hands * each}")
        bench.must_hold(home, hands * each)
        return taken

    all_of_them = requests[:hands * each]
    found = in_turn(
        bench.rounds,
        many=lambda _: sign([all_of_them[i::hands] for i in range(hands)]),
        one=lambda _: sign([all_of_them]))
    bench.must_be_clean(homes[-2])
    bench.must_be_clean(homes[-1])
    rates = {name: [hands * each / s for s in taken]
             for name, taken in found.items()}
    result = table(
        ["", "certificates a second", "failed"],
        [f"{hands} processes x {each}", count(median(rates["many"])), "0"],
        [f"1 process x {hands * each}", count(median(rates["one"])), "0"])
    if has("openssl"):
        result["rows"].append(openssl_many(bench, all_of_them, hands))
    result["targets"].append(at_least(
        f"{hands} processes x {each} signings on one ledger",
        "one process", 1, ratio(rates["many"], rates["one"])))
    return result


def openssl_many(bench, requests, hands):
    """The same by `openssl ca`, once: how many of its rows are left."""
    openssl = OpenSSL(bench.folder("many-openssl"),
                      bench.issuer(bench.home()))
    jobs = []
    start = time.perf_counter()
    for i in range(hands):
        (openssl.folder / f"hand{i}").mkdir()
    for i in range(hands):
        jobs.append(subprocess.Popen(
            [*openssl.command, "-infiles", *requests[i::hands]],
            cwd=openssl.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    failed = sum(job.wait() != 0 for job in jobs)
    rate = openssl.rows() / (time.perf_counter() - start)
    lost = len(requests) - openssl.rows()
    return [f"{hands} x `openssl ca -infiles`", count(rate),
            f"{failed} processes, {count(lost)} rows lost"]


PARTS = {"cold": cold, "bulk": bulk, "growth": growth, "idle": idle,
         "many": many, "crl": crl, "ocsp": ocsp, "audit": audit, "size": size}
