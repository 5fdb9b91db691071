"""The standards as pure code: bytes, dataclasses and `now` in; values or errors out. No I/O, no clock."""
