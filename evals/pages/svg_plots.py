"""Draw small plots as inline SVG, without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_BAR = 18
_ROW = 26
_LABEL = 250
_WIDTH = 420
_COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377")


@dataclass(frozen=True)
class Bar:
    """A share from 0 to 1 with its interval."""

    label: str
    value: float
    low: float
    high: float


def bars_with_intervals(bars: Sequence[Bar]) -> str:
    """Draw a bar for each share, with its interval as a line."""
    rows = [_bar(bar, number * _ROW) for number, bar in enumerate(bars)]
    return _svg(_LABEL + _WIDTH + 60, len(bars) * _ROW, rows)


def stacked(parts: Mapping[str, Mapping[str, int]]) -> str:
    """Draw a stacked bar of counts per row, with a legend."""
    kinds = list(dict.fromkeys(kind for counts in parts.values() for kind in counts))
    maximum = max((sum(counts.values()) for counts in parts.values()), default=0) or 1
    rows: list[str] = []
    for number, (label, counts) in enumerate(parts.items()):
        top, left = number * _ROW, float(_LABEL)
        rows.append(_text(0, top, label))
        for kind, count in counts.items():
            width = _WIDTH * count / maximum
            colour = _COLOURS[kinds.index(kind) % len(_COLOURS)]
            rows.append(_rectangle(left, top, width, colour, f"{kind}: {count}"))
            left += width
        rows.append(_text(left + 6, top, str(sum(counts.values()))))
    bottom, left = len(parts) * _ROW, float(_LABEL)
    for kind in kinds:
        colour = _COLOURS[kinds.index(kind) % len(_COLOURS)]
        rows += [_rectangle(left, bottom, 12, colour, kind), _text(left + 16, bottom, kind)]
        left += 30 + 8 * len(kind)
    return _svg(int(max(_LABEL + _WIDTH + 60, left)), bottom + _ROW, rows)


def points(values: Sequence[tuple[float, bool]], unit: str) -> str:
    """Draw a point per sample: filled if right, else hollow."""
    maximum = max((value for value, _ in values), default=0.0) or 1.0
    rows = [f'<line x1="10" y1="20" x2="{_WIDTH + 10}" y2="20" stroke="#999"/>']
    for value, is_right in values:
        fill = _COLOURS[0] if is_right else "none"
        rows.append(
            f'<circle cx="{10 + _WIDTH * value / maximum:.1f}" cy="20" r="5" fill="{fill}" '
            f'stroke="{_COLOURS[0 if is_right else 1]}" fill-opacity="0.5">'
            f"<title>{value:.1f} {escape(unit)}</title></circle>"
        )
    rows += [_text(4, 30, "0"), _text(_WIDTH - 40, 30, f"{maximum:.1f} {unit}")]
    return _svg(_WIDTH + 40, 52, rows)


def _bar(bar: Bar, top: int) -> str:
    low, high = (_LABEL + _WIDTH * edge for edge in (bar.low, bar.high))
    middle = top + _BAR / 2 + 2
    return "".join(
        [
            _text(0, top, bar.label),
            _rectangle(_LABEL, top, _WIDTH * bar.value, _COLOURS[0], f"{bar.value:.3f}"),
            f'<line x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}" '
            'stroke="currentColor" stroke-width="2"/>',
            _text(_LABEL + _WIDTH + 8, top, f"{bar.value:.3f}"),
        ]
    )


def _rectangle(left: float, top: float, width: float, colour: str, title: str) -> str:
    return (
        f'<rect x="{left:.1f}" y="{top + 2}" width="{width:.1f}" height="{_BAR}" fill="{colour}">'
        f"<title>{escape(title)}</title></rect>"
    )


def _text(left: float, top: float, words: str) -> str:
    return f'<text x="{left:.1f}" y="{top + 16}" font-size="13">{escape(words)}</text>'


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif">{"".join(parts)}</svg>'
    )
