"""How often one client may ask, by the `limits` library: a service's own rules, counted for each address.

What is counted is a keyed hash of the address, for one window: nothing here says afterwards who was there.
A guard that fails must not shut anybody out: where the storage is away, or a proxy hides whose request it is,
the request goes on and the log says so. Time is the library's own, the machine's.
"""

import hmac
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from math import ceil
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Request
from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError, StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from pydantic import AfterValidator, Field
from starlette.datastructures import Headers
from starlette.types import Scope

from serving.clock import SystemClock
from serving.errors import ApiError, OperatorError, from_status
from serving.logs import EventLog
from serving.settings import Model

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PURPOSE: Final = "rate limits"
"""What a keystore's `mac` makes the key of a `RateLimits` for."""

_IPV6_CLIENT: Final = 64  # the part of an IPv6 address that is one customer's; the rest is theirs to change


def _is_rate(value: str) -> str:
    if not parse_many(value):  # raises ValueError itself for most of what is wrong
        raise ValueError("write a rate such as 60/minute, or several: 5/second; 100/minute")
    return value


Rate = Annotated[str, AfterValidator(_is_rate)]


class LimitSettings(Model):
    """The part that all services share; each adds its rules as keys of its own, a Rate or None for no limit.

    `storage` is a URL as the library takes it; in memory each process counts for itself.
    """

    storage: str = Field(default="memory://", examples=["redis://localhost:6379?socket_timeout=1"])
    trusted_proxies: tuple[Network, ...] = Field(default=(), examples=[["10.0.0.0/8"]])

    def rules(self) -> Mapping[str, str | None]:
        """The rate of each rule."""
        own = type(self).model_fields.keys() - LimitSettings.model_fields.keys()
        return {name: getattr(self, name) for name in own}


class RateLimits:
    """Counts and refuses. `key` makes the hashes: processes that share a storage share it."""

    def __init__(self, settings: LimitSettings, *, key: bytes, log: EventLog) -> None:
        self._rules = {name: parse_many(rate) if rate else [] for name, rate in settings.rules().items()}
        self._counter = FixedWindowRateLimiter(_open_storage(settings.storage))
        self._clients = Clients(settings.trusted_proxies, log=log)
        self._key = key
        self._log = log

    def check(self, rule: str, scope: Scope, *, code: str | None = None) -> None:
        """Counts a request under `rule`; raises ApiError 429 when its client had its share."""
        rates = self._rules[rule]
        client = self._clients.find(scope) if rates else None
        if client is None:
            return
        try:
            seconds = self._count(rates, rule, self._hashed(client))
        except StorageError as error:
            self._log.error("limits_unavailable", kind=type(error.storage_error).__name__)
            return
        if seconds:
            raise _refusal(seconds, code)

    def _count(self, rates: Sequence[RateLimitItem], rule: str, client: str) -> int:
        """In how many seconds the client may ask again; 0 for now."""
        for rate in rates:
            if not self._counter.hit(rate, rule, client):
                reset_at = self._counter.get_window_stats(rate, rule, client).reset_time
                return max(1, min(ceil(reset_at - SystemClock().now()), rate.get_expiry()))
        return 0

    def _hashed(self, client: Network) -> str:
        return hmac.digest(self._key, str(client).encode(), "sha256").hex()


def _refusal(seconds: int, code: str | None) -> ApiError:
    plain = from_status(429)
    return ApiError(429, code or plain.code, plain.text, headers={"retry-after": str(seconds)})


def limited(rule: str, *, code: str | None = None) -> Any:
    """A dependency for a route or router: `dependencies=[limited("start")]`, looked at before anything else.

    `code` is the error code where a standard has one of its own. The application has its RateLimits from
    `create_app`.
    """

    def check(request: Request) -> None:
        limits = request.app.state.limits
        if not isinstance(limits, RateLimits):
            raise TypeError("the application was made without its limits")
        limits.check(rule, request.scope, code=code)

    return Depends(check)


class Clients:
    """Whose request it is: the address that connects, or the one for which a trusted proxy says it does.

    X-Forwarded-For is believed from the right, as far as trusted proxies wrote it; its left is anybody's.
    """

    def __init__(self, trusted_proxies: Sequence[Network], *, log: EventLog) -> None:
        self._trusted = tuple(trusted_proxies)
        self._log = log
        self._has_told = False

    def find(self, scope: Scope) -> Network | None:
        """The client's address (of IPv6 its /64); None where a proxy does not say, or may not."""
        client = scope.get("client")
        peer = _read(client[0]) if client else None
        if peer is None:  # a Unix socket
            return None
        forwarded = Headers(scope=scope).getlist("x-forwarded-for")
        if self._is_trusted(peer):
            peer = self._behind(forwarded)
        elif forwarded and not peer.is_global:
            # A proxy of ours that nobody named: all its citizens would be counted as one and shut out.
            peer = None
        if peer is None:
            self._tell()
            return None
        return _network(peer)

    def _behind(self, forwarded: Sequence[str]) -> Address | None:
        hops = (_read(hop) for hop in reversed(",".join(forwarded).split(",")))
        return next((hop for hop in hops if hop is None or not self._is_trusted(hop)), None)

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)

    def _tell(self) -> None:
        if not self._has_told:  # once is enough: it is the same for every request
            self._has_told = True
            self._log.warning("limits_without_client", reason="see_limits.trusted_proxies")


def _read(text: str) -> Address | None:
    """An address, also one that some proxies write with a port: 192.0.2.1:80, [2001:db8::1]:80."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _network(address: Address) -> Network:
    length = _IPV6_CLIENT if address.version == 6 else address.max_prefixlen
    return ip_network((address, length), strict=False)


def _open_storage(url: str) -> Storage:
    try:
        return cast(Storage, storage_from_string(url, wrap_exceptions=True))
    except ConfigurationError as error:
        raise OperatorError(
            "limits.storage can't be used: it is memory:// or another address that the package limits takes,"
            ' and needs the package for it (pip install "limits[redis]")'
        ) from error
