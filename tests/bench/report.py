# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, as a table for a terminal and in docs/performance.md,
where it stands between <!-- bench: NAME --> and <!-- /bench -->."""

import re
import unicodedata


def markdown(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" if any(cells) else
                     "|" + " |" * len(cells) for cells in lines)


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text)


def plain(head, rows):
    lines = [[c.replace("`", "") for c in cells] for cells in [head, *rows]]
    widths = [max(width(line[i]) for line in lines)
              for i in range(len(head))]
    return "\n".join("  ".join(
        cell + " " * (room - width(cell))
        for cell, room in zip(line, widths)).rstrip() for line in lines)


TARGETS = ["work", "target", "measured", ""]


def target_rows(results):
    return [[work, target, found, "met" if kept else "**missed**"]
            for result in results.values()
            for work, target, found, kept in result["targets"]]


def for_terminal(name, result):
    text = [f"\n{name}"]
    if result["rows"]:
        text.append(plain(result["head"], result["rows"]))
    text += result["notes"]
    if result["targets"]:
        text.append("")
        text.append(plain(TARGETS, [
            [*cells[:3], "met" if cells[3] else "MISSED"]
            for cells in result["targets"]]))
    return "\n".join(text)


def block(name, result):
    text = [f"`tests/bench/run --only {name}`, {result['date']}: "
            f"{result['machine']}; load {result['load']:.1f} when it began; "
            f"{result['peers']}."]
    if "series" in result:
        text += ["", "![What one signing costs against the number of "
                 "certificates in the ledger, for Signet and for openssl ca]"
                 "(growth.svg)"]
    if result["rows"]:
        text += ["", markdown(result["head"], result["rows"])]
    if result["notes"]:
        text += ["", " ".join(result["notes"])]
    return "\n".join(text)


def put(text, name, content):
    """Between its markers; the document without them is not this one."""
    found, times = re.subn(
        rf"(<!-- bench: {name} -->\n).*?(<!-- /bench -->)",
        lambda m: f"{m[1]}{content}\n{m[2]}", text, flags=re.S)
    if times != 1:
        raise ValueError(f"<!-- bench: {name} --> stands {times} times in it")
    return found


def write(path, results):
    text = path.read_text()
    for name, result in results.items():
        text = put(text, name, block(name, result))
    text = put(text, "targets", markdown(TARGETS, target_rows(results)))
    path.write_text(text)
