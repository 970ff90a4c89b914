"""What is said about a file that cannot be read. A message never holds a cell's value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

NOTICE_CODES = frozenset({"ignored"})


@dataclass(frozen=True)
class Refusal:
    """Why a file (or a sheet of it) is not read, and what to do about it, in plain words."""

    file: str
    code: str
    message: str
    sheet: str | None = None

    @property
    def is_notice(self) -> bool:
        """True when the file was never meant to be read (a temporary or hidden one)."""
        return self.code in NOTICE_CODES


class RefusedFile(Exception):
    """Raised by readers; carries the refusal to be shown."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def printable(name: str) -> str:
    """A file's name that is safe to send to a terminal: no control characters, no broken Unicode."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(char if char.isprintable() else "?" for char in text)


def refused(path: Path, code: str, message: str, sheet: str | None = None) -> RefusedFile:
    """A `RefusedFile` about `path`; the message is completed with the file's name."""
    name = printable(path.name)
    place = f"{name}, sheet {printable(sheet)}" if sheet else name
    return RefusedFile(Refusal(name, code, f"{place}: {message}", sheet))
