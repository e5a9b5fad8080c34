"""The curve of abstention as a picture."""

from collections.abc import Sequence

from evals.retrieval.abstention import Curve

_WIDE, _HIGH, _EDGE = 480, 360, 48
_LINES = (("precision", "#1f6feb", "of the wiki and its page found"), ("of_the_wiki", "#2da44e", "of the wiki"))


def svg(curve: Curve) -> str:
    """Coverage (across) against precision (upward, from 0.5), one line each for the two kinds of precision."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" font-family="sans-serif" '
        'font-size="11">',
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#fff"/>',
        *_axes(),
    ]
    for place, (name, colour, label) in enumerate(_LINES):
        found = [(point.coverage, float(getattr(point, name))) for point in curve.points if point.coverage > 0]
        parts.append(f'<polyline points="{_path(found)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{_x(a):.1f}" cy="{_y(b):.1f}" r="2.5" fill="{colour}"/>' for a, b in found]
        parts.append(f'<text x="{_EDGE + 8}" y="{_HIGH - _EDGE - 8 - 16 * place}" fill="{colour}">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _axes() -> list[str]:
    bottom, right = _HIGH - _EDGE, _WIDE - _EDGE / 2
    across = [(_x(n / 10), bottom + 16, "middle", n / 10) for n in range(0, 11, 2)]
    upward = [(_EDGE - 6, _y(n / 10) + 4, "end", n / 10) for n in range(5, 11)]
    lines = [f'<path d="M{_EDGE} {_EDGE / 2} V{bottom} H{right}" fill="none" stroke="#57606a"/>']
    lines += [
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{share:.1f}</text>'
        for x, y, anchor, share in (*across, *upward)
    ]
    middle = (_EDGE + right) / 2
    lines.append(f'<text x="{middle}" y="{_HIGH - 10}" text-anchor="middle">share of its own questions answered</text>')
    lines.append(
        f'<text x="14" y="{_HIGH / 2}" text-anchor="middle" transform="rotate(-90 14 {_HIGH / 2})">precision</text>'
    )
    return lines


def _path(found: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_x(a):.1f},{_y(b):.1f}" for a, b in found)


def _x(share: float) -> float:
    return _EDGE + share * (_WIDE - 1.5 * _EDGE)


def _y(share: float) -> float:
    return _HIGH - _EDGE - max(0.0, share - 0.5) * 2 * (_HIGH - 1.5 * _EDGE)
