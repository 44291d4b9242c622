"""Workbooks from before 2007 (.xls), built by hand record by record: no library writes the nasty ones."""

import struct


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def text_cell(row: int, column: int, number: int) -> bytes:
    """A cell that shows text `number` of the table."""
    return record(0xFD, struct.pack("<HHHI", row, column, 0, number))


def number_cell(row: int, column: int, value: float = 1) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, 0, value))


def xls(
    *sheets: bytes, texts: tuple[str, ...] = (), at: list[int] | None = None, streams: int = 1, again: int = 1
) -> bytes:
    """A file of these sheets (their cells). `at`: which sheet each entry of the list of sheets leads to; `streams`: how
    often the directory names the workbook; `again`: how often the head names the table of what follows what."""
    table = struct.pack("<II", len(texts), len(texts))
    pieces = [table]
    for text in texts:  # each text in a piece of its own, none longer than a record may be
        head = struct.pack("<HB", len(text), 0)
        rest = text.encode("latin-1")
        pieces.append(head + rest[:8000])
        pieces += [b"\x00" + rest[start : start + 8000] for start in range(8000, len(rest), 8000)]
    pieces[:2] = [b"".join(pieces[:2])]
    sst = record(0xFC, pieces[0]) + b"".join(record(0x3C, piece) for piece in pieces[1:]) if texts else b""
    begin = [record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0)) for kind in (0x5, 0x10)]
    entries = at if at is not None else list(range(len(sheets)))
    lead = len(begin[0]) + len(entries) * len(_entry(0, 0)) + len(sst) + 4
    bodies = [begin[1] + cells + record(0xA) for cells in sheets]
    starts = [lead + sum(map(len, bodies[:position])) for position in range(len(bodies))]
    listed = b"".join(_entry(number, starts[position]) for number, position in enumerate(entries))
    return _container(begin[0] + listed + sst + record(0xA) + b"".join(bodies), streams, again)


def _entry(number: int, start: int) -> bytes:
    name = f"Trang{number:04}".encode()
    return record(0x85, struct.pack("<IHBB", start, 0, len(name), 0) + name)


def _container(stream: bytes, streams: int, again: int) -> bytes:
    """The stream in the file system such files are: sectors of 512 bytes, a directory, a table of what follows what."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\x00")
    sectors = len(stream) // 512
    tables = -(-(sectors + 2) // 127)
    chain = [*range(1, sectors), -2, -2, *[-3] * tables]  # the stream, the directory, the table itself
    table = struct.pack(f"<{len(chain)}i", *chain).ljust(tables * 512, b"\xff")
    numbers = [sectors + 1 + position for position in range(tables)]
    assert tables <= 109
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<iiiiiiiii", 0, tables, sectors, 0, 4096, -2, 0, -2, 0)
    head += struct.pack("<109i", *(numbers * again), *[-1] * (109 - tables * again))
    directory = _named("Root Entry", 5, 1, -2, 0) + _named("Workbook", 2, -1, 0, len(stream)) * streams
    return head + stream + directory.ljust(512, b"\x00") + table


def _named(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\x00\x00"
    entry = text.ljust(64, b"\x00") + struct.pack("<HBBiii", len(text), kind, 1, -1, -1, child) + bytes(36)
    return entry + struct.pack("<iII", start, size, 0)
