"""Reading a site that may be slow, busy or down: time-outs, bounded retries, and one sentence when it stays away."""

import logging
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx
from httpx_retries import Retry, RetryTransport
from pydantic import BaseModel, ConfigDict, Field

from knowledge.errors import PageSkipped, SourceError, SourceUnavailable

_log = logging.getLogger(__name__)

AGENT = "Deskmate"
_BUSY = (408, 425, 429, 500, 502, 503, 504)  # may be gone the next time
_REFUSED = (401, 403, 407)
_FOUND = 300


class NotThere(PageSkipped):
    """The site has nothing at that address (404 or 410)."""


class Refused(SourceUnavailable):
    """The site does not let this user see that (401, 403 or 407)."""


class WebOptions(BaseModel):
    """What every source on the web can be told in sources.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^https?://[^/\s]+", description="Address of the site.")
    seconds: float = Field(default=20, gt=0, description="Longest wait for an answer to begin, or to go on (seconds).")
    retries: int = Field(default=5, ge=0, le=20, description="How often a request is tried again (count).")
    patience: float = Field(
        default=120, gt=0, description="Longest wait between the tries of a request (seconds, all)."
    )
    page_limit: int = Field(default=20_000_000, ge=1, description="Largest answer that is read (bytes).")


class Web:
    """A client of one site. It never leaves the site's host (and `also`): a redirect to another one is refused.

    Time-outs, broken connections, 429 and 5xx are tried again with growing pauses, or after the time that the server
    names in Retry-After. Use as a context manager, or close it.
    """

    def __init__(
        self,
        options: WebOptions,
        *,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        also: Sequence[str] = (),
    ) -> None:
        self.host = httpx.URL(options.url).netloc.decode()
        self._hosts = {self.host, *also}
        self._options = options
        retry = Retry(
            total=options.retries,
            allowed_methods=["GET", "POST"],  # POST only signs in here
            status_forcelist=_BUSY,
            backoff_factor=0.5,
            max_backoff_wait=60,
            total_timeout=options.patience,
        )
        self._client = httpx.Client(
            transport=RetryTransport(_Whole(options.page_limit, 10 * options.seconds), retry),
            timeout=options.seconds,
            auth=auth,
            headers={"user-agent": AGENT, **(headers or {})},
            follow_redirects=True,
            event_hooks={"request": [self._check_host]},
        )

    def get(self, url: str, params: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer, read whole. Raises NotThere, SourceUnavailable."""
        return self._send("GET", url, params=params)

    def post(self, url: str, data: Mapping[str, str]) -> httpx.Response:
        """As `get`, for a form."""
        return self._send("POST", url, data=data)

    def json(self, url: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The answer as a JSON object. Raises NotThere, SourceUnavailable."""
        return parsed(self.get(url, params))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, method: str, url: str, **parts: Any) -> httpx.Response:
        try:
            response = self._client.request(method, url, **parts)
        except httpx.TimeoutException as error:
            raise SourceUnavailable(f"{self.host} did not answer within {self._options.seconds:g} seconds.") from error
        except httpx.TooManyRedirects as error:
            raise SourceUnavailable(f"{self.host} redirects in a circle ({url}).") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _log.info("%s: %s", url, error)
            raise SourceUnavailable(f"{self.host} cannot be reached: check the address and the network.") from error
        if response.status_code >= _FOUND:
            raise self._refusal(response)
        return response

    def _refusal(self, response: httpx.Response) -> SourceError | PageSkipped:
        code = response.status_code
        _log.info("%s %s: %s", response.request.url, code, response.text[:500])
        phrase = f"{code} {response.reason_phrase}".strip()
        if code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return NotThere(f"it is not there ({phrase}: {response.request.url}).")
        if code in _REFUSED:
            return Refused(
                f"{self.host} refuses access ({phrase}): check the user and the password or token of this source."
            )
        if code in _BUSY:
            return SourceUnavailable(f"{self.host} is busy or down ({phrase}): the next sync tries again.")
        return SourceUnavailable(f"{self.host} did not understand the request ({phrase}): check the source's address.")

    def _check_host(self, request: httpx.Request) -> None:
        if request.url.netloc.decode() not in self._hosts:
            raise SourceUnavailable(f"{self.host} redirects to {request.url.host}, which this source may not read.")


class _Whole(httpx.HTTPTransport):
    """Reads bodies inside the retries, so that one that breaks off is asked for again, and within bounds."""

    def __init__(self, limit: int, seconds: float) -> None:
        super().__init__()
        self._limit = limit
        self._seconds = seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        try:
            body = self._read(response)
        finally:
            response.close()
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=httpx.ByteStream(body),
            extensions=response.extensions,
        )

    def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        end = time.monotonic() + self._seconds
        for part in response.iter_raw():
            body += part
            if len(body) > self._limit:
                raise PageSkipped(f"it has more than {self._limit:,} bytes (page_limit of its source).")
            if time.monotonic() > end:
                raise httpx.ReadTimeout("The answer trickles.")
        return bytes(body)


def parsed(response: httpx.Response) -> dict[str, Any]:
    """The JSON object that the answer holds. Raises SourceUnavailable for anything else."""
    try:
        value = response.json()
    except ValueError as error:
        raise SourceUnavailable(
            f"{response.request.url.host} answered with something else than JSON: check the source's address."
        ) from error
    if not isinstance(value, dict):
        raise SourceUnavailable(f"{response.request.url.host} answered with JSON of another form.")
    return value
