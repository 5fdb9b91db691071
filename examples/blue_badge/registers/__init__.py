"""Synthetic registers with the real structure of the awards: nobody in them exists.

Every National Insurance number begins with QQ and every postcode with ZZ; neither is ever allocated.
The same seed and the same day give the same registers, byte for byte.
"""

from examples.blue_badge.registers.generate import Register, generate_registers
from examples.blue_badge.registers.personas import PERSONAS, Persona

__all__ = ["PERSONAS", "Persona", "Register", "generate_registers"]
