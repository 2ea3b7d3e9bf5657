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
    height, width = (side // CELL_PX * CELL_PX for side in grey.shape)
    gx, gy = cv2.spatialGradient(np.ascontiguousarray(grey[:height, :width]))
    cells = (width // CELL_PX, height // CELL_PX)

    def averaged(a: MatLike, b: MatLike) -> Floats:
        product = cv2.multiply(a, b, scale=1 / SHRUNK, dtype=cv2.CV_16S)
        small = cv2.resize(product, cells, interpolation=cv2.INTER_AREA).astype(np.float32)
        return np.asarray(cv2.blur(small, (NEIGHBOURS, NEIGHBOURS)) * SHRUNK, np.float32)

    return Texture(averaged(gx, gx), averaged(gy, gy), averaged(gx, gy))
