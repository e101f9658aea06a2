"""A disk that loses power: what is on it at any moment, told from the system calls of a program.

Owns: which bytes and which names are durable. What was written is so once its file was synced, a name once its folder
was; all else may be lost, or any part of it may have been lucky.
Does not own: the trace (`stage.traced` with `TRACED_WHOLE`), what must be found on the disk.
Source: fsync(2); an fsync that fails drops what was not written yet, and the next one says that all is well (Rebello et
al., "Can Applications Recover from fsync Failures?", 2020).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

#: For `stage.traced`: every byte that is written, and who it was about.
TRACED_WHOLE = ("-xx", "-s", "10000000")
_SECTOR = 512
_CALL = re.compile(r"^\d+\s+(?P<name>\w+)\((?P<given>.*)\)\s+= (?P<result>-?\d+)")
_FIELD = re.compile(r'"(?P<text>(?:\\x[0-9a-f]{2})*)"|(?P<fd>-?\w+)<(?P<path>(?:\\x[0-9a-f]{2})*)>|(?P<plain>[^,\s]+)')


@dataclass
class _File:
    seen: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, bytes]] = field(default_factory=list)

    def write(self, at: int, text: bytes) -> None:
        _put(self.seen, at, text)
        self.waiting.append((at, text))

    def truncate(self, size: int) -> None:
        _cut(self.seen, size)
        self.waiting.append((size, b""))  # it takes effect with the next sync, like all else


@dataclass(frozen=True)
class Moment:
    """What a disk may hold after a power cut at this moment: bytes by path. `sent` is what had left by the wire."""

    files: dict[str, bytes]
    sent: tuple[bytes, ...]


class Disk:
    """The folders below `root`, from a program's system calls on."""

    def __init__(self, root: Path, luck: random.Random | None = None) -> None:
        """With `luck` some of what was not synced is there all the same: whole folders, single sectors."""
        self._root = str(root)
        self._luck = luck
        self._names: dict[str, dict[str, _File | None]] = {self._root: {}}  # folder -> name -> file (None: a folder)
        self._durable: dict[str, dict[str, _File | None]] = {self._root: {}}
        self._sent: list[bytes] = []

    def moments(self, calls: Sequence[str]) -> Iterator[Moment]:
        """Yield what a power cut would leave, after each of `calls` that changed anything."""
        for line in calls:
            if self._happens(line):
                yield Moment(dict(self._left(self._root)), tuple(self._sent))

    def _happens(self, line: str) -> bool:
        found = _CALL.match(line)
        if found is None:
            return False
        fields = [_told(each) for each in _FIELD.finditer(found["given"])]
        return getattr(self, f"_{found['name']}", self._nothing)(fields, int(found["result"]), line) is not False

    def _nothing(self, fields: list[bytes], result: int, line: str) -> bool:
        return False

    def _place(self, path: bytes) -> tuple[str, str] | None:
        """The folder and the name of `path`, relative to the root, where its folder is below that."""
        whole = PurePosixPath(self._root, path.decode())
        folder = str(whole.parent)
        return (folder, whole.name) if folder in self._names else None

    def _file(self, path: bytes) -> _File | None:
        place = self._place(path)
        return self._names[place[0]].get(place[1]) if place else None

    def _openat(self, fields: list[bytes], result: int, line: str) -> bool:
        place = self._place(fields[1])
        if result < 0 or place is None or b"O_CREAT" not in fields[2] or place[1] in self._names[place[0]]:
            return False
        self._names[place[0]][place[1]] = _File()
        return True

    def _mkdir(self, fields: list[bytes], result: int, line: str) -> bool:
        place = self._place(fields[0])
        if result < 0 or place is None:
            return False
        self._names[place[0]][place[1]] = None
        self._names[str(PurePosixPath(*place))], self._durable[str(PurePosixPath(*place))] = {}, {}
        return True

    def _pwrite64(self, fields: list[bytes], result: int, line: str) -> bool:
        file = self._file(fields[0])
        if result < 0 or file is None:
            return False
        file.write(int(fields[3]), fields[1][:result])
        return True

    def _write(self, fields: list[bytes], result: int, line: str) -> bool:
        file = self._file(fields[0])
        if result < 0 or file is None:
            return False
        file.write(len(file.seen), fields[1][:result])  # reports are written from their beginning to their end
        return True

    def _ftruncate(self, fields: list[bytes], result: int, line: str) -> bool:
        file = self._file(fields[0])
        if result < 0 or file is None:
            return False
        file.truncate(int(fields[1]))
        return True

    def _fsync(self, fields: list[bytes], result: int, line: str) -> bool:
        folder = str(PurePosixPath(self._root, fields[0].decode()))
        if folder in self._names:
            self._durable[folder] = dict(self._names[folder])
            return True
        file = self._file(fields[0])
        if file is None:
            return False
        if result < 0:
            file.waiting = []
        elif file.waiting:
            self._settle(file)
        return True

    _fdatasync = _fsync

    @staticmethod
    def _settle(file: _File) -> None:
        for at, text in file.waiting:
            _apply(file.durable, at, text)
        file.waiting = []

    def _unlink(self, fields: list[bytes], result: int, line: str) -> bool:
        place = self._place(fields[0])
        return result == 0 and place is not None and self._names[place[0]].pop(place[1], False) is not False

    def _rename(self, fields: list[bytes], result: int, line: str) -> bool:
        before, after = self._place(fields[0]), self._place(fields[1])
        if result < 0 or before is None or after is None:
            return False
        self._names[after[0]][after[1]] = self._names[before[0]].pop(before[1])
        return True

    def _sendto(self, fields: list[bytes], result: int, line: str) -> bool:
        if result > 0:
            self._sent.append(fields[1][:result])
        return result > 0

    def _left(self, folder: str) -> Iterator[tuple[str, bytes]]:
        names = self._durable[folder]
        if self._luck is not None and self._luck.random() < 0.5:
            names = self._names[folder]
        for name, file in names.items():
            path = str(PurePosixPath(folder, name))
            if file is None:
                yield from self._left(path)
            elif not name.endswith("-shm"):  # memory, not disk: it is made again
                yield path, self._content(file)

    def _content(self, file: _File) -> bytes:
        if self._luck is None or not file.waiting:
            return bytes(file.durable)
        content = bytearray(file.durable)
        for at, text in file.waiting:
            if not text and self._luck.random() < 0.5:
                _cut(content, at)
            for start in range(0, len(text), _SECTOR):
                if self._luck.random() < 0.5:
                    _put(content, at + start, text[start : start + _SECTOR])
        return bytes(content)


def _apply(content: bytearray, at: int, text: bytes) -> None:
    if text:
        _put(content, at, text)
    else:
        _cut(content, at)


def _put(content: bytearray, at: int, text: bytes) -> None:
    content.extend(bytes(max(0, at - len(content))))
    content[at : at + len(text)] = text


def _cut(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


def _told(found: re.Match[str]) -> bytes:
    """A field as bytes: a text, the path of a descriptor, or the word itself."""
    for name in ("text", "path"):
        if found[name] is not None:
            return bytes.fromhex(found[name].replace("\\x", ""))
    return found["plain"].encode()
