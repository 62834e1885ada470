from tools import Image, tool


@tool
def grayscale(image: Image) -> Image:
    """Turn a picture into shades of grey.

    >>> grey = grayscale(photo)
    """
    return image.map(lambda pixels: pixels.convert("L"))
