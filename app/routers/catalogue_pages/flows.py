"""Draws data flows: fast-sugiyama lays them out in layers, svg.py writes the picture.

svg.py writes texts as they are, so each is escaped here.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

import svg
from fast_sugiyama import from_edges

WIDTH, HEIGHT, ROOM_X, ROOM_Y, MARGIN = 168, 44, 196, 104, 14
LONGEST_LINE = 22
# Laying out 300 takes half a second, 1,000 a quarter of a minute; nobody could follow them either.
MOST_DRAWN = 300
# By state, the line's dashes; one that nobody knows is dotted.
DASHES = {"in_operation": None, "built_in": None, "planned": "9 5", "not_needed": "14 4 2 4",
          None: "2 5"}  # fmt: skip
Place = tuple[float, float]
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Flow:
    """An arrow. `said` is what it is, in words."""

    source: str
    target: str
    state: str | None
    said: str


@dataclass(frozen=True, slots=True)
class _Laid:
    """A part of the picture: where its boxes are, over which places its arrows go, its height."""

    boxes: dict[str, Place]
    ways: dict[Edge, list[Place]]
    rows: int


def draw(flows: Sequence[Flow], names: Mapping[str, str], *, title: str, query: str) -> str:
    """The picture as an SVG element. `query` keeps the language.

    Nothing without flows, or with more than can be drawn. What goes from a service to itself is
    left out: it goes nowhere.
    """
    flows = [flow for flow in flows if flow.source != flow.target]
    if not flows or len(flows) > MOST_DRAWN:
        return ""
    at: dict[str, Place] = {}
    ways: dict[Edge, list[Place]] = {}
    top = 0
    for part in _parts({(flow.source, flow.target) for flow in flows}):
        laid = _laid_out(part, top)
        at |= laid.boxes
        ways |= laid.ways
        top += laid.rows
    width = max(x for way in ways.values() for x, _ in way) + WIDTH + MARGIN
    height = MARGIN + (top - 1) * ROOM_Y + HEIGHT + MARGIN
    arrows: list[svg.Element] = [_arrow(flow, ways[flow.source, flow.target]) for flow in flows]
    boxes: list[svg.Element] = [_box(name, names[name], at[name], query) for name in sorted(at)]
    picture = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, width, height), width=width, height=height,
        class_=["flows"], extra={"role": "group", "aria-label": escape(title)},
        elements=[_markers(), *arrows, *boxes],
    )  # fmt: skip
    return picture.as_str()


def _parts(edges: AbstractSet[Edge]) -> list[list[Edge]]:
    """What is joined to each other, each part by itself, in the order of its first name."""
    near: dict[str, set[str]] = {}
    for one, other in edges:
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    parts: list[list[Edge]] = []
    seen: set[str] = set()
    for begin in sorted(near):
        found, waiting = set[str](), [begin] if begin not in seen else []
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += near[name]
        if found:
            seen |= found
            parts.append(sorted(edge for edge in edges if edge[0] in found))
    return parts


def _laid_out(edges: Sequence[Edge], top: int) -> _Laid:
    """Top left corners, the layers at even distance from row `top` on."""
    ids = sorted({end for edge in edges for end in edge})
    # By number, and a part at a time: the library numbers its waypoints from the last box on, but
    # those of several parts, and of boxes with names, it numbers like boxes.
    number = {name: position for position, name in enumerate(ids)}
    # Ranked downwards, because it never ends with the shortest edges of some dense graphs.
    ((nodes, _, _, drawn),) = from_edges(
        [(number[source], number[target]) for source, target in edges], ranking_type="down",
        vertex_spacing=ROOM_X, dummy_vertices=True, dummy_size=0.4,
    )  # fmt: skip
    places = {int(node): place for node, place in nodes}
    hops = [(int(begin), int(end)) for begin, end in drawn or ()]
    left = min(x for x, _ in places.values())
    rows = sorted({y for _, y in places.values()}, reverse=True)
    at = {
        node: (MARGIN + x - left, MARGIN + (top + rows.index(y)) * ROOM_Y)
        for node, (x, y) in places.items()
    }
    onward = {begin: end for begin, end in hops if begin >= len(ids)}
    ways: dict[Edge, list[Place]] = {}
    for begin, end in hops:
        if begin < len(ids):
            way = [begin, end]
            while way[-1] >= len(ids):
                way.append(onward[way[-1]])
            ways[ids[begin], ids[way[-1]]] = [at[node] for node in way]
    return _Laid({name: at[number[name]] for name in ids}, ways, len(rows))


def _markers() -> svg.Element:
    tip = svg.Path(d=[svg.M(0, 0), svg.L(10, 5), svg.L(0, 10), svg.Z()], class_=["tip"])
    return svg.Defs(elements=[
        svg.Marker(
            id="tip", viewBox=svg.ViewBoxSpec(0, 0, 10, 10), refX=9, refY=5, markerWidth=8,
            markerHeight=8, orient="auto-start-reverse", elements=[tip],
        )
    ])  # fmt: skip


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
