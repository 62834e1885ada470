"""Vector quantization of scenes: an image as a short sequence of codes.

The codes stand for the layers of a scene (tools/sprites/scene_sheet.py), not for pixels:

    corner corner corner, look ×2 place size place size, look ×1 place size, end

Three colours of the background; then for each group of objects their look and their number, and
for each object its position, its size and its direction. Each kind of code has its own codebook of
learnt vectors (train/recipes/codebook_recipe.py), except the numbers of objects and the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, cast, get_args

from tools import Embedding, Image
from tools.library.images.draw import ConditionedPainter
from tools.sprites.posed_layers import LayerPose
from tools.sprites.scene_sheet import GROUPS, MAX_OBJECTS, LayeredScene, LayerGroup, PlacedObject
from tools.sprites.sheet_patches import CHANNELS, SIDE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Book = Literal["corner", "look", "place", "size"]
Kind = Literal["end", "count", "corner", "look", "place", "size"]

BOOKS: tuple[Book, ...] = get_args(Book)
CORNERS = ((0, 0), (0, -1), (-1, 0))
"""Top left, top right, bottom left: these define a linear gradient."""
WEIGHTS = "codebook.safetensors"
END = 0
"""The code after the last group."""


class Codebook(ConditionedPainter):
    """Encode scenes as codes of the nearest vectors, and decode them.

    Settings: `side` of the decoded images, in pixels.
    """

    def __init__(self, books: Mapping[Book, NDArray[np.float32]], side: int = 256) -> None:
        self._books = books
        self._side = side
        self.spans: dict[Kind, range] = {"end": range(1), "count": range(1, MAX_OBJECTS + 1)}
        first = MAX_OBJECTS + 1
        for name in BOOKS:
            self.spans[name] = range(first, first + len(books[name]))
            first += len(books[name])
        self.size = first
        """The number of codes."""

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import numpy as np
        from safetensors.numpy import load_file

        weights = load_file(files[WEIGHTS])
        books: dict[Book, NDArray[np.float32]] = {
            name: weights[name].astype(np.float32) for name in BOOKS
        }
        return cls(books, int(settings["side"]))

    def paint_from_embedding(self, embedding: Embedding, seed: int) -> Image:
        import PIL.Image

        scene = self.decode([round(code) for code in embedding.values])
        return Image(PIL.Image.fromarray(scene.render(self._side)))

    def encode(self, scene: LayeredScene) -> list[int]:
        """Encode a scene as a sequence of codes."""
        codes = self._nearest("corner", corners_of(scene))
        for group in scene.groups:
            codes += [
                *self._nearest("look", looks_of(group)),
                self.spans["count"][len(group.objects) - 1],
            ]
            places = self._nearest("place", places_of(group))
            sizes = self._nearest("size", sizes_of(group))
            codes += [code for pair in zip(places, sizes, strict=True) for code in pair]
        return [*codes, END]

    def decode(self, codes: Sequence[int]) -> LayeredScene:
        """Decode a complete sequence of codes."""
        corners = [self._vector("corner", code) for code in codes[: len(CORNERS)]]
        groups: list[LayerGroup] = []
        position = len(CORNERS)
        while codes[position] != END:
            look = self._vector("look", codes[position]).reshape(SIDE, SIDE, CHANNELS)
            last = position + 2 + 2 * self._count(codes[position + 1])
            pairs = zip(codes[position + 2 : last : 2], codes[position + 3 : last : 2], strict=True)
            groups.append(LayerGroup(look, [self._decode_standing(*pair) for pair in pairs]))
            position = last
        return LayeredScene(_gradient(*corners), groups)

    def allowed_kinds(self, codes: Sequence[int]) -> tuple[Kind, ...]:
        """Return the kinds of code allowed next; none after the end."""
        position, groups = len(CORNERS), 0
        if len(codes) < position:
            return ("corner",)
        while position < len(codes):
            if codes[position] == END:
                return ()
            if position + 1 == len(codes):
                return ("count",)
            last = position + 2 + 2 * self._count(codes[position + 1])
            if len(codes) < last:
                return ("size" if (len(codes) - position) % 2 else "place",)
            position, groups = last, groups + 1
        if not groups:
            return ("look",)
        return ("look", "end") if groups < GROUPS else ("end",)

    def vectors(self, book: Book) -> NDArray[np.float32]:
        """Return the vectors of a codebook: (codes, size)."""
        return self._books[book]

    def _count(self, code: int) -> int:
        return code - self.spans["count"].start + 1

    def _vector(self, book: Book, code: int) -> NDArray[np.float32]:
        return self._books[book][code - self.spans[book].start]

    def _decode_standing(self, place: int, size: int) -> PlacedObject:
        side, flipped = self._vector("size", size).tolist()
        # Inside the image for every combination of place and size.
        x, y = self._vector("place", place).clip(side / 2, 1 - side / 2).tolist()
        return PlacedObject(LayerPose(x, y, side), flipped > 0.5)

    def _nearest(self, book: Book, rows: NDArray[np.float32]) -> list[int]:
        import numpy as np

        vectors = self._books[book]
        distances = np.square(vectors).sum(axis=1) - 2 * rows @ vectors.T
        first = self.spans[book].start
        return [first + index for index in cast("list[int]", distances.argmin(axis=1).tolist())]


def corners_of(scene: LayeredScene) -> NDArray[np.float32]:
    """Return the colours of the corners: (3, 3), one a row."""
    import numpy as np

    return np.stack([scene.background[corner] for corner in CORNERS])


def looks_of(group: LayerGroup) -> NDArray[np.float32]:
    """Return the flat cut-out of a group: (1, size)."""
    return group.cut_out.reshape(1, -1)


def places_of(group: LayerGroup) -> NDArray[np.float32]:
    """Return the centre of each object: (objects, 2)."""
    import numpy as np

    return np.array([thing.pose[:2] for thing in group.objects], np.float32)


def sizes_of(group: LayerGroup) -> NDArray[np.float32]:
    """Return each object's side, and 1 if flipped: (objects, 2)."""
    import numpy as np

    return np.array([[thing.pose.side, thing.flipped] for thing in group.objects], np.float32)


def _gradient(
    first: NDArray[np.float32], right: NDArray[np.float32], below: NDArray[np.float32]
) -> NDArray[np.float32]:
    import numpy as np

    steps = np.linspace(0, 1, SIDE, dtype=np.float32)
    across = (right - first) * steps[None, :, None]
    down = (below - first) * steps[:, None, None]
    return (first + across + down).clip(0, 1)
