"""The picture that stands for the program in a host's list: a house whose rooms hang together."""

import io

from PIL import Image, ImageDraw

SIZE = 512
_FINER = 4  # drawn larger and brought down, for smooth edges

_BACK, _WALL, _LINE, _DOT = "#1d4e5f", "#f4efe6", "#1d4e5f", "#e08a3c"
_ROOF = [(256, 84), (440, 236), (408, 236), (408, 420), (104, 420), (104, 236), (72, 236)]
_ROOMS = {"attic": (256, 184), "bed": (188, 272), "bath": (324, 272), "kitchen": (188, 364), "hall": (324, 364)}
_DOORS = [("attic", "bed"), ("attic", "bath"), ("bed", "bath"), ("bed", "kitchen"), ("bath", "hall")]


def icon() -> bytes:
    """A PNG, 512 by 512."""
    edge = SIZE * _FINER
    picture = Image.new("RGBA", (edge, edge), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, edge - 1, edge - 1), radius=112 * _FINER, fill=_BACK)
    pen.polygon([_scaled(point) for point in _ROOF], fill=_WALL)
    for one, other in _DOORS:
        pen.line([_scaled(_ROOMS[one]), _scaled(_ROOMS[other])], fill=_LINE, width=12 * _FINER)
    for place in _ROOMS.values():
        x, y = _scaled(place)
        reach = 24 * _FINER
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=_DOT, outline=_LINE, width=8 * _FINER)
    file = io.BytesIO()
    picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()


def _scaled(point: tuple[int, int]) -> tuple[int, int]:
    return point[0] * _FINER, point[1] * _FINER
