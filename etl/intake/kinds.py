"""What a file's first bytes say it is, whatever its extension says."""

from __future__ import annotations

from pathlib import Path

from etl.intake.refusals import refused

_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"PAR1", "parquet"),
    (b"PARE", "encrypted parquet"),
    (b"%PDF", "PDF document"),
    (b"\x1f\x8b", "compressed (gzip) file"),
    (b"BZh", "compressed (bzip2) file"),
    (b"\xfd7zXZ", "compressed (xz) file"),
    (b"7z\xbc\xaf", "7-Zip archive"),
    (b"Rar!", "RAR archive"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd) file"),
    (b"{\\rtf", "RTF document"),
    (b"SQLite format 3", "SQLite database"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
)
_MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<head", b"<body", b"<table")
_NAMES = {"zip": "zip archive or workbook", "ole": "old Office file", "parquet": "Parquet file"}
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def refuse_other_kind(path: Path, extension: str, head: bytes) -> None:
    """Raise `RefusedFile` when the content is of another kind than the extension. `head`: first bytes."""
    kind = _kind(head)
    if extension == "csv" and kind is not None:
        raise refused(path, "other_kind", f"named .csv but it is a {_NAMES.get(kind, kind)}; export it again")
    if extension == "xlsx" and kind != "zip":
        _refuse_workbook(path, kind)
    if extension == "parquet" and kind != "parquet":
        _refuse_parquet(path, kind)


def _kind(head: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    start = head[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return "web page or XML file" if start.startswith(_MARKUP) else None


def _refuse_workbook(path: Path, kind: str | None) -> None:
    if kind == "ole" and _holds(path, _ENCRYPTED):
        raise refused(path, "encrypted", "the workbook has a password; save it without one")
    if kind == "ole":
        raise refused(path, "old_workbook", "this is the old Excel format; open it and save it as .xlsx")
    found = f"a {_NAMES.get(kind, kind)}" if kind else "not a workbook"
    raise refused(path, "other_kind", f"named .xlsx but it is {found}; save it again as .xlsx")


def _refuse_parquet(path: Path, kind: str | None) -> None:
    if kind == "encrypted parquet":
        raise refused(path, "encrypted", "the Parquet file is encrypted; export it without a key")
    raise refused(path, "other_kind", "named .parquet but it is no Parquet file; export it again")


def _holds(path: Path, needle: bytes) -> bool:
    kept = b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if needle in kept + block:
                return True
            kept = block[-len(needle) :]
    return False
