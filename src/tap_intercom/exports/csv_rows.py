"""Reads a CSV file as it arrives in pieces, with bounded memory."""

import codecs
import csv
import zlib
from collections.abc import Iterator
from typing import Any, Final

from tap_intercom.api.types import InvalidBody
from tap_intercom.errors import ContractError

UNPACKED_BYTES: Final = 262_144  # decompressed at once
LONGEST_ROW: Final = 8_000_000  # characters
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
WITH_GZIP_HEADER: Final = 31  # zlib's period bits

csv.field_size_limit(LONGEST_ROW)

Row = list[str]


class CsvReader:
    """Takes the bytes of a CSV file, with or without gzip, and gives its rows; the first one is the header.

    Raises InvalidBody if the file was cut off or is not CSV, ContractError if it is a ZIP archive or cannot be read.
    """

    def __init__(self) -> None:
        self._head: bytes | None = b""
        self._inflater: Any = None
        self._text = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._lines: list[str] = []  # of a row that has not ended
        self._line = ""  # that has not ended
        self._is_quoted = False
        self._is_begun = False
        self._columns = 0  # of the header

    def take(self, piece: bytes) -> Iterator[list[Row]]:
        """Give the rows that end in this piece, in several lists."""
        if self._head is not None:
            self._head += piece
            if len(self._head) < len(ZIP):
                return
            piece, self._head = self._open(self._head), None
        for portion in self._unpack(piece):
            yield self._split(self._text.decode(portion))

    def finish(self) -> list[Row]:
        """Give the last row if no line break follows it; check that the file is whole."""
        rest = b"" if self._head is None else self._open(self._head)
        is_broken_off = bool(self._line or rest)
        if self._inflater is not None and not self._inflater.eof:
            raise InvalidBody("a file that was cut off")
        rows = self._split(self._text.decode(rest, final=True) + "\n")
        if self._is_quoted or not self._is_begun:
            raise InvalidBody("a file that was cut off" if self._is_begun else "a file that is empty")
        if is_broken_off and rows and len(rows[-1]) < self._columns:
            raise InvalidBody("a file that was cut off")
        return rows

    def _open(self, head: bytes) -> bytes:
        if head.startswith(ZIP):
            raise ContractError("An export is a ZIP archive, not the file that Intercom's documents name; report this.")
        if head.startswith(GZIP):
            self._inflater = zlib.decompressobj(WITH_GZIP_HEADER)
        elif head.lstrip()[:1] in {b"<", b"{", b"["} or head == b"null":
            raise InvalidBody("a body that is no table")
        return head

    def _unpack(self, piece: bytes) -> Iterator[bytes]:
        if self._inflater is None:
            yield piece
            return
        portion = b""
        try:
            while piece or len(portion) == UNPACKED_BYTES:
                if self._inflater.eof:  # a file may consist of several that are compressed each
                    piece = piece.lstrip(b"\0")
                    if not piece:
                        return
                    self._inflater = zlib.decompressobj(WITH_GZIP_HEADER)
                portion = self._inflater.decompress(piece, UNPACKED_BYTES)
                piece = self._inflater.unconsumed_tail or self._inflater.unused_data
                yield portion
        except zlib.error:
            raise InvalidBody("a file that cannot be unpacked") from None

    def _split(self, text: str) -> list[Row]:
        """Give the rows that are complete; a line break between quotation marks belongs to its row."""
        *lines, rest = text.split("\n")
        ended = 0
        for line in lines:
            self._lines.append(self._line + line + "\n")
            self._line = ""
            self._is_quoted ^= self._lines[-1].count('"') % 2 == 1
            if not self._is_quoted:
                ended = len(self._lines)
        self._line += rest
        whole, self._lines = self._lines[:ended], self._lines[ended:]
        if len(self._line) + sum(map(len, self._lines)) > LONGEST_ROW:
            raise ContractError(f"An export has a row of more than {LONGEST_ROW:,} characters; report this.")
        try:
            rows = [row for row in csv.reader(whole) if row]
        except csv.Error as error:
            raise ContractError(f"An export is no table of comma-separated values ({error}); report this.") from None
        if rows and not self._is_begun:
            self._is_begun, self._columns = True, len(rows[0])
        return rows
