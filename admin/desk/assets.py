"""The desk's fonts, by their own door. Keeps out everything that names anybody."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from printer import fonts

_FONTS = {font.name: font for font in (fonts.REGULAR, fonts.SEMIBOLD, fonts.BOLD)}
router = APIRouter(include_in_schema=False)


@router.get("/fonts/{name}")
def font(name: str) -> FileResponse:
    """Hand out one of the three weights of the house's family."""
    if name not in _FONTS:
        raise HTTPException(404, "No such font.")
    return FileResponse(_FONTS[name], media_type="font/ttf")
