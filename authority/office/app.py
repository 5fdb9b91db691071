"""The one place where the office is put together."""

from fastapi import FastAPI

from authority.enrolment import api as enrolment
from authority.office.deps import Deps
from serving.app import create_app
from serving.limits import PURPOSE, RateLimits
from serving.pages import Pages


def build_office(deps: Deps) -> FastAPI:
    """The web application of the office."""
    settings = deps.settings
    return create_app(
        title="Personal Data Exchange: office",
        settings=settings,
        pages=Pages(settings.theme, secure=settings.is_https, demo=settings.demo),
        log=deps.log,
        deps=deps,
        routers=[enrolment.router],
        machine_paths=["/api/"],
        ready=[deps.database.check],
        random=deps.random,
        limits=RateLimits(settings.limits, key=deps.keystore.mac(PURPOSE, b""), log=deps.log),
    )
