"""An image made small enough for a model, upright and without what a camera wrote into it."""

import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image, ImageOps

from goodies_mcp.reading.worker.main import Said, Unreadable

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
_QUALITY = 82
_TURNED = 5
_ORIENTATION = 0x0112


def read_picture(stream: BinaryIO, task: dict[str, Any]) -> Iterator[Said]:
    """Say how large it is, with a smaller one behind that."""
    # Above this many pixels Pillow warns, above twice as many it fails: here the first is a failure already.
    Image.MAX_IMAGE_PIXELS = task["pixels"]
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.init()
    try:
        image: Image.Image = Image.open(stream, formats=[each for each in _FORMATS if each in Image.OPEN])
        width, height = image.size
        if image.getexif().get(_ORIENTATION, 1) >= _TURNED:
            width, height = height, width
        data = _smaller(image, task["edge"])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable("pixels") from error
    yield {"width": width, "height": height}, data


def _smaller(image: Image.Image, edge: int) -> bytes:
    image.draft("RGB", (edge, edge))  # a JPEG is not even decoded larger than needed
    image.thumbnail((edge, edge))
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        layers = upright.convert("RGBA")
        upright = Image.new("RGB", layers.size, "white")
        upright.paste(layers, mask=layers.getchannel("A"))
    out = BytesIO()
    upright.convert("RGB").save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
