"""Who the caller is; and, in demo mode, the keys for the page that this server serves."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException

from api import errors
from api.auth import authenticate
from api.bodies import DemoKey, DemoSession, Me
from api.errors import error_responses
from api.keys import DEMO_CUSTOMER, DEMO_STAFF, ApiKey
from api.settings import is_loopback
from api.state import StateDependency

router = APIRouter(tags=["session"])


@router.get("/v1/me", summary="Who am I?", responses=error_responses(errors.UNAUTHORIZED))
async def me(key: Annotated[ApiKey, Depends(authenticate)]) -> Me:
    """The principal and the scopes of the key that was sent."""
    who = key.principal
    return Me(tenant=who.tenant, subject=who.subject, role=who.role, scopes=sorted(key.scopes), expires=key.expires)


@router.get("/demo/session", summary="Demo keys for the page", responses=error_responses(errors.NOT_FOUND))
async def demo_session(request: Request, state: StateDependency) -> DemoSession:
    """The two demo keys. Only in demo mode, from this machine, to the page of this very server."""
    if state.demo is None or not state.settings.loopback or not _own_page(request):
        raise HTTPException(404)
    return DemoSession(
        customer=DemoKey(key=state.demo.customer, subject=DEMO_CUSTOMER),
        staff=DemoKey(key=state.demo.staff, subject=DEMO_STAFF),
    )


def _own_page(request: Request) -> bool:
    """Whether the request comes straight from this machine, not through a proxy or from another site's page."""
    headers = request.headers
    direct = request.client is not None and is_loopback(request.client.host)
    forwarded = any(name in headers for name in ("forwarded", "x-forwarded-for", "x-forwarded-host", "via"))
    # A foreign name that resolves to this machine (DNS rebinding) shows in Host.
    named = is_loopback(request.url.hostname)
    site = headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    origin = headers.get("origin", str(request.base_url).rstrip("/"))
    return direct and not forwarded and named and site and origin == str(request.base_url).rstrip("/")
