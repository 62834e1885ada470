from tools import BadArgument, Box, tool


@tool(words="Mark the rectangle from ({left}, {top}) to ({right}, {bottom})")
def box(left: float, top: float, right: float, bottom: float) -> Box:
    """A rectangle of a picture, in pixels from its left and top edge.

    >>> corner = box(0, 0, 100, 80)
    """
    if left >= right or top >= bottom:
        raise BadArgument(
            f"a box from ({left:g}, {top:g}) to ({right:g}, {bottom:g}) is empty",
            hint="left must be less than right, and top less than bottom",
        )
    return Box(left, top, right, bottom)
