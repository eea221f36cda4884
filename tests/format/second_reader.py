#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A second reader of .ctr files, written from docs/format.md alone: prints records as text.

A witness for the first one: `second_reader.py t.ctr` and `conctrace dump t.ctr` print the same
record lines. Slow and trusting; cut or damaged files are not its affair.
"""
import struct
import sys
import zlib

UNITS = {  # how the text form prints a field that is no plain number
    "hex": {"prev_state", "arg0", "arg1", "arg2", "arg3", "object", "uaddr", "before2", "before1", "name", "id", "from",
            "word", "after1", "after2", "after3", "after4", "after5", "key", "dev", "offset"},
    "signed": {"nr", "code", "old_prio", "new_prio", "op", "result", "value"},
}


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        piece = self.data[self.at : self.at + n]
        assert len(piece) == n
        self.at += n
        return piece

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def zigzag(self):
        value = self.varint()
        return value >> 1 if value % 2 == 0 else -(value + 1 >> 1)

    def column(self):
        return Cursor(self.take(self.varint()))

    def done(self):
        return self.at == len(self.data)


def exceptions(column):
    found, at = {}, 0
    while not column.done():
        at += column.varint()
        found[at] = column.varint()
    return found


class Dictionary:
    def __init__(self, fields, numbers, entries):
        self.fields, self.numbers, self.entries = fields, numbers, entries
        self.codec, self.keys, self.last, self.after = fields[0][2], [], {}, {}

    def next(self, running, tid):
        code = self.numbers.varint()
        context = (tid if self.codec == "own" else running) % 512
        guess = last = self.last.get(context)
        if self.codec == "chain":
            guess = self.after.get(last, last)
        number = self.last[context] = self.after[last] = code - 1 if code else guess
        if number == len(self.keys):
            before = self.keys[-1] if self.keys else [0] * len(self.fields)
            self.keys.append([
                self.entries.take(size) if size > 8
                else (self.entries.zigzag() + old) % (1 << 8 * size)
                for (_, size, _), old in zip(self.fields, before)
            ])
        return zip((name for name, _, _ in self.fields), self.keys[number])


class Type:
    def __init__(self, fields, body):
        self.left, nr_columns = body.varint(), body.varint()
        columns = [body.column() for _ in range(nr_columns)]
        self.readers, self.prev = [], None
        for i, (name, size, codec) in enumerate(fields):
            if codec in ("dict", "chain", "own"):
                j = i + 1
                while j < len(fields) and fields[j][2] == "join":
                    j += 1
                self.readers.append(Dictionary(fields[i:j], columns.pop(0), columns.pop(0)).next)
            elif codec == "prev":
                self.prev = (name, fields[i + 1][0])
            elif codec != "join":
                self.readers.append(self.integer(name, size, codec, columns.pop(0)))
        assert not columns

    @staticmethod
    def integer(name, size, codec, column):
        last = 0

        def read(running, _):
            nonlocal last
            value = column.varint() if codec in ("varint", "run") else column.zigzag()
            if codec == "run":
                value = value - 1 if value else running
            last = value = (value + (last if codec == "delta" else 0)) % (1 << 8 * size)
            return [(name, value)]

        return read


def block(core, body, low, types):
    body = Cursor(body)
    kind, kinds, time, cores, tids = (body.column() for _ in range(5))
    cores, tids = exceptions(cores), exceptions(tids)
    present = {}
    for _ in range(body.varint()):
        number = body.varint()
        present[number] = Type(types[number][1], body)
    assert body.done()
    now = nr_prev = predicted = 0
    for i, low_byte in enumerate(low):
        number, flags = kinds.data[2 * kind.varint() :][:2]
        now = (now + (time.varint() << 8 | low_byte)) % (1 << 64)
        state, values = present[number], {}
        for read in state.readers:
            values.update(read(predicted, values.get("tid", 0)))
        if state.prev:
            values[state.prev[0]] = tids.get(nr_prev, predicted)
            nr_prev += 1
            predicted = values[state.prev[1]]
        yield now, cores.get(i, core), number, flags, values


def chunk(payload, types, types_crc):
    begin, end, nr_records, crc, nr_blocks = struct.unpack_from("<QQQII", payload)
    assert crc == types_crc
    at, records = 32 + 16 * nr_blocks, []
    for i in range(nr_blocks):
        core, _, codec, nr, stored, size = struct.unpack_from("<HBBIII", payload, 32 + 16 * i)
        body = payload[at : at + stored]
        body = zlib.decompress(body) if codec else body
        assert len(body) == size
        records += block(core, body, payload[at + stored : at + stored + nr], types)
        at += stored + nr
    assert len(records) == nr_records
    assert all(begin <= record[0] < end for record in records)
    return sorted(records, key=lambda record: record[0])


def text(name, size, value):
    if size > 8:
        value = value.rstrip(b"\0")
        plain = value and all(c > 32 and c != 127 and c not in b'"\\' for c in value)
        value = "".join(
            chr(c) if c >= 32 and c != 127 and c not in b'"\\' else f"\\x{c:02x}" for c in value)
        return value if plain else f'"{value}"'
    if name == "state" and value < 128 and chr(value).isalpha():
        return chr(value)
    if name in UNITS["hex"] or name == "state":
        return hex(value)
    if name in ("begin_ns", "since_ns"):
        return f"{value // 10**9}.{value % 10**9:09}"
    if name in UNITS["signed"] and value >= 1 << 8 * size - 1:
        value -= 1 << 8 * size
    return str(value)


def read_types(head):
    types, crc = {}, 0
    for line in head.splitlines(keepends=True):
        if line.startswith(b"type."):
            crc = zlib.crc32(line, crc)
            key, name, *fields = line.decode().split()
            fields = [field.split(":") for field in fields]
            types[int(key[5:])] = name, [(n, int(size), codec) for n, size, codec in fields]
    return types, crc


def main(path):
    data = open(path, "rb").read()
    assert data[:8] == b"conctrc1"
    at, last = 8, 0
    while at < len(data):
        kind, _, size, crc, header_crc = struct.unpack_from("<4sIQII", data, at)
        assert zlib.crc32(data[at : at + 20]) == header_crc
        payload = data[at + 24 : at + 24 + size]
        assert zlib.crc32(payload) == crc
        at += 24 + (size + 7) // 8 * 8
        if kind == b"HEAD":
            types, types_crc = read_types(payload)
        elif kind == b"CHNK":
            for now, core, number, flags, values in chunk(payload, types, types_crc):
                last = max(last, now)
                name, fields = types[number]
                shown = [f"{f}={text(f, size, values[f])}" for f, size, _ in fields]
                flags = [f"flags={flags:#x}"] if flags else []
                line = [f"{last // 10**9}.{last % 10**9:09}", f"cpu={core}", name]
                sys.stdout.buffer.write((" ".join(line + flags + shown) + "\n").encode("latin-1"))


if __name__ == "__main__":
    main(sys.argv[1])
