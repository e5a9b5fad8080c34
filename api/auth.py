"""Who calls: the Bearer key of a request, turned into a principal with scopes."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import FORBIDDEN, UNAUTHORIZED, ProblemError
from api.keys import ApiKey, Scope
from api.state import StateDependency
from tools.principal import Principal

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="ApiKey",
    description="An API key: made with `deskmate keys create`, or shown at the start.",
)


def authenticate(
    request: Request,
    state: StateDependency,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> ApiKey:
    """The valid key of the request. Raises ProblemError 401."""
    if credentials is None:
        sent = "authorization" in request.headers
        raise _unauthorized(
            "The Authorization header must read 'Bearer <key>'."
            if sent
            else "This needs an API key: send the header 'Authorization: Bearer <key>'. "
            "`deskmate serve` shows the demo keys; `deskmate keys create` makes one."
        )
    key = state.keys.find(credentials.credentials)
    if key is None or (key.demo and not state.settings.demo):
        raise _unauthorized("This API key is not valid: it is unknown, revoked or expired. See `deskmate keys list`.")
    request.state.caller = key.principal
    return key


def speaks_to_staff(request: Request) -> bool:
    """Whether the request has shown a colleague's key."""
    caller: Principal | None = getattr(request.state, "caller", None)
    return caller is not None and caller.is_staff


def _unauthorized(detail: str) -> ProblemError:
    return ProblemError(UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})


def allowed(scope: Scope) -> Callable[[ApiKey], Principal]:
    """A dependency: the caller's principal, if the key has ``scope``. Raises ProblemError 403."""

    def principal(key: Annotated[ApiKey, Depends(authenticate)]) -> Principal:
        if scope not in key.scopes:
            has = ", ".join(sorted(key.scopes)) or "nothing"
            raise ProblemError(FORBIDDEN, f"This API key may not be used for {scope.value}; it is good for: {has}.")
        return key.principal

    return principal


def staff_reader(caller: Annotated[Principal, Depends(allowed(Scope.KNOWLEDGE))]) -> Principal:
    """A dependency: a colleague who may read the wikis. Raises ProblemError 403."""
    if not caller.is_staff:
        raise ProblemError(FORBIDDEN, "Only staff may see where the wikis come from and what they lack.")
    return caller


Chatter = Annotated[Principal, Depends(allowed(Scope.CHAT))]
TicketReader = Annotated[Principal, Depends(allowed(Scope.TICKETS))]
StaffReader = Annotated[Principal, Depends(staff_reader)]
KnowledgeReader = Annotated[Principal, Depends(allowed(Scope.KNOWLEDGE))]
