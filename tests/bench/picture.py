# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/growth.svg: what one signing costs against the ledger's size."""

import math

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 72, 150, 56, 60
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
STYLE = """\
text { font: 14px system-ui, sans-serif; fill: #24292f; }
.title { font-size: 16px; font-weight: 600; }
.quiet { fill: #57606a; font-size: 13px; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.signet { stroke: #0969da; fill: #0969da; }
.openssl { stroke: #bc4c00; fill: #bc4c00; }
polyline { fill: none !important; stroke-width: 2.5; }
text.signet, text.openssl { stroke: none; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .quiet { fill: #9198a1; }
  .grid { stroke: #3d444d; }
  .signet { stroke: #4493f8; fill: #4493f8; }
  .openssl { stroke: #f0883e; fill: #f0883e; }
}"""


def in_words(seconds):
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.{1 if seconds < 0.01 else 0}f} ms"


def column_name(size):
    exponent = math.log10(size) if size else 0
    if size and exponent == int(exponent):
        return f"10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    return f"{size:,}"


def draw(series):
    """series: {name: [[rows, seconds]]}; the SVG's text."""
    # Signet's is drawn last, above the others.
    lines = {name: series[name] for name in ("openssl", "signet")
             if series.get(name)}
    sizes = [rows for rows, _ in lines["signet"]]
    values = [s for points in lines.values() for _, s in points]
    # Whole powers of ten below and above.
    low = math.floor(math.log10(min(values)))
    high = math.ceil(math.log10(max(values)))
    high += high == low
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(rows):
        return LEFT + 24 + (right - LEFT - 48) * sizes.index(rows) / max(
            len(sizes) - 1, 1)

    def y(seconds):
        at = (math.log10(seconds) - low) / (high - low)
        return bottom - (bottom - TOP) * at

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} '
        f'{HEIGHT}" role="img" aria-labelledby="t">',
        "<!-- SPDX-License-Identifier: GPL-3.0-or-later -->",
        '<title id="t">Time of one signing against the number of '
        "certificates in the ledger</title>",
        f"<style>\n{STYLE}\n</style>",
        '<text class="title" x="16" y="28">One signing, as the ledger grows'
        "</text>"]
    for power in range(low, high + 1):
        at = y(10.0 ** power)
        out.append(f'<line class="grid" x1="{LEFT}" x2="{right}" '
                   f'y1="{at:.1f}" y2="{at:.1f}"/>')
        out.append(f'<text class="quiet" x="{LEFT - 10}" y="{at + 5:.1f}" '
                   f'text-anchor="end">{axis_name(power)}</text>')
    for rows in sizes:
        out.append(f'<text class="quiet" x="{x(rows):.1f}" y="{bottom + 22}" '
                   f'text-anchor="middle">{column_name(rows)}</text>')
    out.append(f'<text class="quiet" x="{(LEFT + right) / 2:.0f}" '
               f'y="{bottom + 46}" text-anchor="middle">certificates in the '
               "ledger before it</text>")
    names = {"signet": "signet sign", "openssl": "openssl ca"}
    ends = spread_out({name: y(points[-1][1])
                       for name, points in lines.items()})
    for name, points in lines.items():
        path = " ".join(f"{x(r):.1f},{y(s):.1f}" for r, s in points)
        out.append(f'<polyline class="{name}" points="{path}"/>')
        out += [f'<circle class="{name}" cx="{x(r):.1f}" cy="{y(s):.1f}" '
                f'r="4"><title>{names[name]}: {in_words(s)}</title></circle>'
                for r, s in points]
        out.append(f'<text class="{name}" x="{right + 8}" '
                   f'y="{ends[name]:.1f}">{names[name]}</text>')
        out.append(f'<text x="{right + 8}" y="{ends[name] + 18:.1f}">'
                   f'{in_words(points[-1][1])}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def axis_name(power):
    if power >= 0:
        return f"{10 ** power} s"
    if power >= -3:
        return f"{10 ** (power + 3)} ms"
    return f"{10.0 ** (power + 3):g} ms"


def spread_out(ends):
    """The names of two lines that end together stand apart."""
    ret, last = {}, None
    for name in sorted(ends, key=ends.get):
        at = ends[name]
        if last is not None and at - last < 42:
            at = last + 42
        ret[name] = last = at
    return ret
