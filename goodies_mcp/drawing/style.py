"""Colours and letters of the map: paper by day, slate by night, and paper again in print."""

from goodies_mcp.core.text import words
from goodies_mcp.graph.kinds import alike

_TINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("water", ("bathroom", "shower", "pool", "sauna", "spa")),
    ("warm", ("kitchen", "dining", "pantry", "breakfast")),
    ("rest", ("bedroom", "nursery", "guest", "sleeping")),
    ("social", ("living", "lounge", "family", "den", "parlour", "playroom")),
    ("work", ("study", "office", "library", "studio", "workshop")),
    ("way", ("hall", "landing", "stairs", "entrance", "foyer", "porch", "lobby", "vestibule")),
    ("craft", ("utility", "laundry", "garage", "cellar", "attic", "storage", "boiler", "server", "plant")),
    ("garden", ("garden", "terrace", "balcony", "patio", "yard", "shed", "deck", "greenhouse")),
)


def tint_of(room: str) -> str:
    """The colour family of a room, by what it is called."""
    said = words(room)
    return next((tint for tint, known in _TINTS if any(alike(k, each) for each in said for k in known)), "plain")


_DAY = (
    "--sheet:#faf7f1;--ink:#2b2723;--soft:#6f675e;--wall:#4a433c;--inner:#8b8177;--sill:#b9aea2;--disc:#fffdf9;"
    "--rim:#a59a8e;--glyph:#5d554d;--on:#f5b83d;--on-rim:#c98a12;--on-ink:#4a3200;--ajar:#ef8354;--ajar-rim:#c85a2b;"
    "--ajar-ink:#4b1800;--alarm:#d64545;--alarm-ink:#fff;--flat:#c92a2a;--glass:#5aa9d6;--wood:#a8713a;"
    "--plain:#f3ede3;--water:#dcecf2;--warm:#fbe9cf;--rest:#e7e3f3;--social:#f8e0d5;--work:#e1ebdf;--way:#efebe4;"
    "--craft:#e4e6e9;--garden:#e2efd6;--lawn:#d3e5c2;--blade:#b4d09b;--hover:#00000010"
)
_NIGHT = (
    "--sheet:#1b1d22;--ink:#ece7df;--soft:#a49d94;--wall:#c9c0b4;--inner:#7d766e;--sill:#5f5952;--disc:#24272d;"
    "--rim:#6f6a64;--glyph:#c9c2b8;--on:#e0a32e;--on-rim:#f3c969;--on-ink:#2a1c00;--ajar:#e07a4c;--ajar-rim:#f3a580;"
    "--ajar-ink:#2c0e00;--alarm:#e05656;--alarm-ink:#fff;--flat:#ff6b6b;--glass:#6fb8e0;--wood:#c8935a;"
    "--plain:#2c2b2c;--water:#22333b;--warm:#3a3122;--rest:#2d2b3d;--social:#3b2c27;--work:#26332a;--way:#2a2a2c;"
    "--craft:#2a2e33;--garden:#25331f;--lawn:#202c1b;--blade:#34492a;--hover:#ffffff14"
)

STYLE = (
    f".goodies-map{{{_DAY};font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',"
    "'DejaVu Sans',sans-serif}"
    f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]) .goodies-map,"
    f":root.goodies-map{{{_NIGHT}}}}}"
    f"@media screen{{[data-theme=dark] .goodies-map{{{_NIGHT}}}}}"
    ".goodies-map text{fill:var(--ink);unicode-bidi:plaintext}"
    ".goodies-map .sheet{fill:var(--sheet)}"
    ".goodies-map .home{font-size:30px;font-weight:700;letter-spacing:-.3px}"
    ".goodies-map .about{font-size:13px;fill:var(--soft)}"
    ".goodies-map .floor-name{font-weight:700}"
    ".goodies-map .floor-about{font-size:12px;fill:var(--soft);text-anchor:end}"
    ".goodies-map .ground{fill:var(--plain)}"
    ".goodies-map .outdoor .ground{fill:var(--lawn)}"
    ".goodies-map .walls{stroke:var(--inner);stroke-width:3}"
    ".goodies-map .outdoor .walls{stroke:var(--blade);stroke-width:2;stroke-dasharray:7 5}"
    ".goodies-map .loose .walls{stroke:var(--sill);stroke-width:1.5;stroke-dasharray:4 5}"
    ".goodies-map .loose .walls.garden{fill:url(#gm-lawn)}"
    ".goodies-map .blade{fill:none;stroke:var(--blade);stroke-width:1.2;stroke-linecap:round}"
    + "".join(
        f".goodies-map .walls.{tint}{{fill:var(--{tint})}}"
        for tint in ("plain", "water", "warm", "rest", "social", "work", "way", "craft", "garden")
    )
    + ".goodies-map .outer{fill:none;stroke:var(--wall);stroke-width:6;stroke-linejoin:round}"
    ".goodies-map .room-name{font-size:15px;font-weight:650}"
    ".goodies-map .loose .room-name{font-weight:500;font-style:italic;fill:var(--soft)}"
    ".goodies-map .state,.goodies-map .link text,.goodies-map .more{font-size:10px;fill:var(--soft)}"
    ".goodies-map .link text{font-size:11px;unicode-bidi:isolate}"
    ".goodies-map use{fill:none;stroke:var(--glyph);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}"
    ".goodies-map .link use{stroke:var(--soft)}"
    ".goodies-map .link.open-now text{fill:var(--ajar-rim);font-weight:600}"
    ".goodies-map .link.open-now use{stroke:var(--ajar-rim)}"
    ".goodies-map .disc{fill:var(--disc);stroke:var(--rim);stroke-width:1.2}"
    ".goodies-map .unknown .disc{stroke-dasharray:2.5 2.5}"
    ".goodies-map .active .disc{fill:var(--on);stroke:var(--on-rim)}"
    ".goodies-map .active use{stroke:var(--on-ink)}"
    ".goodies-map .ajar .disc{fill:var(--ajar);stroke:var(--ajar-rim)}"
    ".goodies-map .ajar use{stroke:var(--ajar-ink)}"
    ".goodies-map .alarm .disc{fill:var(--alarm);stroke:var(--alarm)}"
    ".goodies-map .alarm use{stroke:var(--alarm-ink)}"
    ".goodies-map .flat rect{fill:var(--disc);stroke:var(--flat);stroke-width:1.4}"
    ".goodies-map .flat path{fill:none;stroke:var(--flat);stroke-width:1.8}"
    ".goodies-map .legend text{font-size:11px;fill:var(--soft)}"
    ".goodies-map .hole{stroke:var(--sheet);stroke-width:8}"
    ".goodies-map .frame{stroke:var(--glass);stroke-width:7}"
    ".goodies-map .pane{stroke:var(--disc);stroke-width:2.4}"
    ".goodies-map .sill{stroke:var(--sill);stroke-width:2;stroke-dasharray:3 4}"
    ".goodies-map .leaf{fill:none;stroke:var(--wood);stroke-width:3;stroke-linecap:round}"
    ".goodies-map .gap.open-now .leaf{stroke:var(--ajar-rim)}"
)
"""What the picture's ``style`` element says; every rule begins with the picture's own class, so that it can stand in a
page. A page chooses day or night with ``data-theme`` on its root."""
