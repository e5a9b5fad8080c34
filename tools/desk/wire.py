"""HTTP to a ticket system: reads are tried again, a write only where it surely had no effect."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from tools.desk.errors import DeskRefused, DeskUnreachable, OutcomeUnknown, RemoteNotFound

_log = logging.getLogger(__name__)
# Errors before a connection stands: the request cannot have arrived.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_UNTOLD = 60.0  # seconds: GitHub's least wait after a secondary limit


class _Collided(DeskRefused):
    """Two writes met; this one had no effect, and may be tried again a few times."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a system is waited for."""

    timeout: float = 20  # seconds for one request
    tries: int = 4
    longest_wait: float = 30  # seconds; a longer Retry-After is left to the caller
    at_once: int = 2  # requests under way
    pause: float = 0.2  # seconds before the second try; twice as long before each further one


class Wire:
    """One system's HTTP client. The server's own words go to the log, never into an error's sentence."""

    def __init__(
        self,
        system: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.system = system
        self._patience = patience or Patience()
        pause = self._patience.pause
        self._backoff = wait_exponential_jitter(multiplier=pause, max=25 * pause, jitter=5 * pause)
        self._slots = asyncio.Semaphore(self._patience.at_once)
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            headers={"Accept": "application/json", **(headers or {})},
            auth=auth,
            timeout=self._patience.timeout,
        )

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Read. Raises DeskUnreachable after the last try, DeskRefused, RemoteNotFound."""
        response = await self._again(lambda: self._once("GET", path, read=True, params=params))
        return _json(self.system, response, DeskRefused)

    async def pages(self, path: str, params: Mapping[str, Any] | None = None) -> AsyncIterator[Any]:
        """Read a list that is paged by `Link` headers, page after page. Raises as `get` does."""
        response = await self._again(lambda: self._once("GET", path, read=True, params=params))
        while True:
            yield _json(self.system, response, DeskRefused)
            if (following := response.links.get("next", {}).get("url")) is None:
                return
            if httpx.URL(following).netloc != response.url.netloc:
                raise DeskRefused(f"{self.system} sends Deskmate to another server for the next page; it does not go.")
            response = await self._again(partial(self._once, "GET", following, read=True))

    async def ask(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Read by a POST, for systems whose questions do not fit into an address. Raises as `get` does."""
        response = await self._again(lambda: self._once("POST", path, read=True, json=body, params=params))
        return _json(self.system, response, DeskRefused)

    async def send(self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Any:
        """Write. Tried again only after 409 and 429, and where no connection was made.

        Raises:
            OutcomeUnknown: it was sent and may have taken effect.
            DeskUnreachable: it had no effect.
            DeskRefused, RemoteNotFound: the system said no.
        """
        response = await self._again(lambda: self._once(method, path, read=False, json=body, headers=headers))
        return _json(self.system, response, OutcomeUnknown)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _again(self, attempt: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type((DeskUnreachable, _Collided)),
            stop=lambda state: stop_after_attempt(self._patience.tries)(state) or self._too_long(state),
            wait=self._wait,
            reraise=True,
        )
        async for one in retrying:
            with one:
                return await attempt()
        raise AssertionError  # tenacity has raised the last error

    def _too_long(self, state: RetryCallState) -> bool:
        return (_asked(state) or 0) > self._patience.longest_wait

    def _wait(self, state: RetryCallState) -> float:
        asked = _asked(state)
        return self._backoff(state) if asked is None else asked

    async def _once(self, method: str, path: str, *, read: bool, **request: Any) -> httpx.Response:
        try:
            async with self._slots:
                response = await self._http.request(method, path.lstrip("/"), **request)
        except _NOT_SENT as error:
            _log.warning("%s could not be reached: %r", self.system, error)
            raise DeskUnreachable(f"{self.system} cannot be reached just now; nothing was changed there.") from error
        except httpx.HTTPError as error:
            _log.warning("%s broke off %s %s: %r", self.system, method, path, error)
            raise self._no_answer(read) from error
        if response.is_success:
            return response
        _log.warning(
            "%s answered %s %s with %s: %.500s", self.system, method, path, response.status_code, response.text
        )
        raise self._error(response, read)

    def _error(self, response: httpx.Response, read: bool) -> Exception:
        code, wait = response.status_code, _retry_after(response)
        if code == 429 or (code == 403 and _limited(response)):
            return DeskUnreachable(f"{self.system} takes no more requests just now; nothing was changed there.", wait)
        if code == 401:
            return DeskRefused(
                f"{self.system} does not accept Deskmate's credentials. Check DESKMATE_TOOLS_DESK_USER and "
                "DESKMATE_TOOLS_DESK_TOKEN."
            )
        if code == 403:
            return DeskRefused(f"Deskmate's account in {self.system} may not do that. Give it the rights in README.")
        if code in (404, 410):
            return RemoteNotFound(f"{self.system} has no such ticket, or Deskmate's account may not see it.")
        if code == 409:
            return _Collided(f"{self.system} was changing the same ticket at that moment; it was left as it is there.")
        if code >= 500:
            return (
                DeskUnreachable(f"{self.system} has trouble of its own just now.", wait)
                if read
                else self._no_answer(read)
            )
        return DeskRefused(f"{self.system} refused what was sent ({code}); its words are in Deskmate's log.")

    def _no_answer(self, read: bool) -> Exception:
        if read:
            return DeskUnreachable(f"{self.system} does not answer just now.")
        return OutcomeUnknown(f"{self.system} did not answer, so it is not known whether the change was made there.")


def _json(system: str, response: httpx.Response, error: type[Exception]) -> Any:
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as cause:
        raise error(f"{system} answered in a form that Deskmate cannot read. Check DESKMATE_TOOLS_DESK_URL.") from cause


def _limited(response: httpx.Response) -> bool:
    """GitHub says 403 for a rate limit too: headers tell, or of its secondary limits the words alone."""
    headers = response.headers
    told = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return told or "rate limit" in response.text.lower()


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds, from a number of them or from a date; None where the system does not say."""
    headers = response.headers
    said = headers.get("retry-after")
    if said is None:
        reset = headers.get("x-ratelimit-reset", "")
        if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
            return max(0.0, int(reset) - datetime.now(UTC).timestamp())
        return _UNTOLD if response.status_code == 403 else None
    if said.strip().isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _asked(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.wait if isinstance(error, DeskUnreachable) else None
