"""Which way grey changes, everywhere in a picture: what bars and squares are found by.

The picture is cut into small cells; each asks its pixels for their gradients (a structure
tensor). Computed once for all who look for something. Keeps out what is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from scanner.frame import Pixels

Floats = NDArray[np.float32]

CELL_PX = 8
ASKED_ROWS = 4
"""Of a cell's eight: half the time, the same areas."""
NEIGHBOURS = 5
"""Cells are averaged with those around them, so many in a row and in a column."""
SHRUNK = 64
"""So much smaller, products of gradients fit into 16 bits: half the time, the same areas."""


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """Products of the gradients in x and y, one value for each cell: (rows, columns)."""

    xx: Floats
    yy: Floats
    xy: Floats

    @property
    def energy(self) -> Floats:
        """How much changes at all, in squared Sobel responses."""
        return self.xx + self.yy

    @property
    def one_way(self) -> Floats:
        """How much more changes in one direction than across it."""
        return np.asarray(cv2.magnitude(self.xx - self.yy, 2 * self.xy), np.float32)


def texture(grey: Pixels) -> Texture:
    """Ask every cell of a (height, width) picture; the rest at its ends is left out."""
    rows, columns = (side // CELL_PX for side in grey.shape)
    width = columns * CELL_PX
    asked = grey[: rows * CELL_PX, :width].reshape(rows, CELL_PX, width)[:, :ASKED_ROWS]
    gradients = cv2.spatialGradient(np.ascontiguousarray(asked).reshape(-1, width))
    # The outermost rows of a cell know a wrong neighbour: that of another cell.
    gx, gy = (slopes.reshape(rows, -1)[:, width:-width] for slopes in gradients)

    def averaged(a: MatLike, b: MatLike) -> Floats:
        product = cv2.multiply(a, b, scale=1 / SHRUNK, dtype=cv2.CV_16S).reshape(-1, width)
        small = cv2.resize(product, (columns, rows), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.blur(small.astype(np.float32), (NEIGHBOURS, NEIGHBOURS)) * SHRUNK)

    return Texture(averaged(gx, gx), averaged(gy, gy), averaged(gx, gy))
