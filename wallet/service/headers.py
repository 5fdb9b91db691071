"""What the web app may do: Content Security Policy Level 3, Permissions Policy, cross-origin isolation.

The page talks to departments, services and the authority straight from the phone, so `connect-src` is every
https address (and, in a demonstration, this machine); everything else comes from the wallet's own origin,
and nothing is inline.
"""

from collections.abc import Mapping

_DIRECTIVES = {
    "script-src": "'self' 'wasm-unsafe-eval'",  # the QR code reader is WebAssembly
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "object-src": "'none'",
    "form-action": "'none'",
}

PAGE_HEADERS: Mapping[str, str] = {
    "Permissions-Policy": (
        "camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), "
        "accelerometer=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), serial=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Referrer-Policy": "no-referrer",  # the address may carry an offer
}


def page_policy(*, demo: bool) -> Mapping[str, str]:
    """The directives that replace those of `serving.app`; `demo` lets the page talk to this machine."""
    connect = "'self' https: http://localhost:*" if demo else "'self' https:"
    return {**_DIRECTIVES, "connect-src": connect}
