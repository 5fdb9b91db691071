"""What a route is given: the installation and the service that its path names."""

from typing import Annotated

from fastapi import Depends, Request

from verifier.installation import Installation
from verifier.service import Service


def _house(request: Request) -> Installation:
    house = request.app.state.deps
    if not isinstance(house, Installation):
        raise TypeError("the application was made without its installation")
    return house


House = Annotated[Installation, Depends(_house)]


def _service(service: str, house: House) -> Service:
    return house.service(service)


NamedService = Annotated[Service, Depends(_service)]
