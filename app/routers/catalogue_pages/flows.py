"""Draws data flows: fast-sugiyama lays them out in layers, svg.py writes the picture.

svg.py writes texts as they are, so each is escaped here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

import svg
from fast_sugiyama import from_edges

WIDTH, HEIGHT, ROOM_X, ROOM_Y, MARGIN = 168, 44, 196, 104, 14
LONGEST_LINE = 22
# By state, the line's dashes; one that nobody knows is dotted.
DASHES = {"in_operation": None, "built_in": None, "planned": "9 5", "not_needed": "14 4 2 4",
          None: "2 5"}  # fmt: skip
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Flow:
    """An arrow. `said` is what it is, in words."""

    source: str
    target: str
    state: str | None
    said: str


def draw(flows: Sequence[Flow], names: Mapping[str, str], *, title: str, query: str) -> str:
    """The picture as an SVG element, or nothing without flows. `query` keeps the language."""
    if not flows:
        return ""
    ids = sorted({end for flow in flows for end in (flow.source, flow.target)})
    # By number, because the library's own numbers for texts can collide with its waypoints'.
    number = {name: position for position, name in enumerate(ids)}
    edges = sorted({(number[flow.source], number[flow.target]) for flow in flows})
    layouts = from_edges(edges, vertex_spacing=ROOM_X, dummy_vertices=True, dummy_size=0.4)
    # Parts that nothing joins come in whatever order; the picture must not change by itself.
    layouts.sort(key=lambda part: min(node for node, _ in part[0]))
    layouts = layouts.align_layouts_vertical(spacing=ROOM_Y)
    at = _placed(layouts.to_dict())
    steps: dict[int, list[int]] = {}
    for _, _, _, part in layouts:
        for begin, end in part:
            steps.setdefault(begin, []).append(end)
    width = max(x for x, _ in at.values()) + WIDTH + MARGIN
    height = max(y for _, y in at.values()) + HEIGHT + MARGIN
    arrows: list[svg.Element] = []
    for flow in flows:
        way = _way(number[flow.source], number[flow.target], steps, len(ids))
        arrows.append(_arrow(flow, [at[node] for node in way]))
    boxes: list[svg.Element] = [_box(name, names[name], at[number[name]], query) for name in ids]
    picture = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, width, height), width=width, height=height,
        class_=["flows"], extra={"role": "group", "aria-label": escape(title)},
        elements=[_markers(), *arrows, *boxes],
    )  # fmt: skip
    return picture.as_str()


def _markers() -> svg.Element:
    tip = svg.Path(d=[svg.M(0, 0), svg.L(10, 5), svg.L(0, 10), svg.Z()], class_=["tip"])
    return svg.Defs(elements=[
        svg.Marker(
            id="tip", viewBox=svg.ViewBoxSpec(0, 0, 10, 10), refX=9, refY=5, markerWidth=8,
            markerHeight=8, orient="auto-start-reverse", elements=[tip],
        )
    ])  # fmt: skip


def _placed(places: Mapping[int, Place]) -> dict[int, Place]:
    """Top left corners, the layers at even distance, whatever the library's own is."""
    left = min(x for x, _ in places.values())
    rows = sorted({y for _, y in places.values()}, reverse=True)
    return {
        name: (MARGIN + x - left, MARGIN + rows.index(y) * ROOM_Y)
        for name, (x, y) in places.items()
    }


def _way(source: int, target: int, steps: Mapping[int, list[int]], boxes: int) -> list[int]:
    """Over which places an arrow goes, those from `boxes` on only passing; the library turns some
    round that close a circle.
    """
    forward = _forward(source, target, steps, boxes)
    return forward or [*reversed(_forward(target, source, steps, boxes))]


def _forward(source: int, target: int, steps: Mapping[int, list[int]], boxes: int) -> list[int]:
    for first in steps.get(source, ()):
        way = [source, first]
        while way[-1] >= boxes:
            way.append(steps[way[-1]][0])
        if way[-1] == target:
            return way
    return []


def _arrow(flow: Flow, way: Sequence[Place]) -> svg.Element:
    down = way[-1][1] >= way[0][1]
    (x1, y1), (x2, y2) = way[0], way[-1]
    begin = (x1 + WIDTH / 2, y1 + HEIGHT if down else y1)
    end = (x2 + WIDTH / 2, y2 if down else y2 + HEIGHT)
    passed = [(x + WIDTH / 2, y + HEIGHT / 2) for x, y in way[1:-1]]
    points = [svg.Point(x, y) for x, y in (begin, *passed, end)]
    dashes = DASHES.get(flow.state, DASHES[None])
    return svg.G(class_=["arrow"], elements=[
        svg.Title(text=escape(flow.said)),
        svg.Polyline(
            points=points, fill="none",
            stroke_dasharray=None if dashes is None else [float(one) for one in dashes.split()],
            extra={"marker-end": "url(#tip)"},
        ),
    ])  # fmt: skip


def _box(name: str, text: str, place: Place, query: str) -> svg.Element:
    x, y = place
    lines = _lines(text)
    first = y + HEIGHT / 2 + 5 - 9 * (len(lines) - 1)
    return svg.A(href=f"/tjanster/{quote(name)}{query}", elements=[
        svg.Rect(x=x, y=y, width=WIDTH, height=HEIGHT, rx=7),
        *(svg.Text(x=x + WIDTH / 2, y=first + 18 * row, text=escape(line), text_anchor="middle")
          for row, line in enumerate(lines)),
    ])  # fmt: skip


def _lines(text: str) -> list[str]:
    """At most two lines; what does not fit is cut, and is whole on the service's page."""
    lines, words = [""], text.split()
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= LONGEST_LINE or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = [line[: LONGEST_LINE + 1] for line in lines[:2]]
    if len(lines) > len(kept):
        kept[-1] = kept[-1][: LONGEST_LINE - 1] + "…"
    return kept


def state_samples(words: Iterable[tuple[str | None, str]]) -> list[tuple[str, str]]:
    """For the legend: each state's line as SVG, and what it means."""
    found = []
    for state, meaning in words:
        dashes = DASHES[state]
        line = svg.Line(
            x1=2, y1=7, x2=52, y2=7,
            stroke_dasharray=None if dashes is None else [float(one) for one in dashes.split()],
        )  # fmt: skip
        sample = svg.SVG(
            width=54, height=14, class_=["flows"],
            elements=[svg.G(class_=["arrow"], elements=[line])],
            extra={"aria-hidden": "true"},
        )  # fmt: skip
        found.append((sample.as_str(), meaning))
    return found
