"""The web page: a static shell at `/` and at the address that every citation carries, its files under `/web/`."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

from api.state import StateDependency

WEB = Path(__file__).parent.parent / "web"
# Named here because the system's own table of types is not the same everywhere, and browsers are told not to guess.
MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
READ = ["GET", "HEAD"]
_FRESH = {"Cache-Control": "no-cache"}

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=READ)
@router.api_route("/wiki/{collection}/{page_id:path}", methods=READ)
async def shell(state: StateDependency) -> HTMLResponse:
    """The page; its script reads the address and shows the conversation or the cited wiki page, and times in the zone
    of the answers."""
    page = (WEB / "index.html").read_text("utf-8")
    zone = f'data-time-zone="{state.time_zone}"'
    return HTMLResponse(page.replace('data-time-zone=""', zone, 1), headers=_FRESH)


@router.api_route("/web/{name}", methods=READ)
async def asset(name: str) -> FileResponse:
    """One of the page's own files."""
    return _file(name)


def _file(name: str) -> FileResponse:
    path = WEB / name
    if path.parent != WEB or path.suffix not in MEDIA_TYPES or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], headers=_FRESH)
