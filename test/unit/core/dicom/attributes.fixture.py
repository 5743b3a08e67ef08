"""Makes attributes.fixture.json: small DICOM files and what pydicom 3.0 says of them.

    python -m venv v && v/bin/pip install pydicom==3.0.2
    v/bin/python test/unit/core/dicom/attributes.fixture.py > test/unit/core/dicom/attributes.fixture.json

The same comparison was made once over all Part 10 files of pydicom 3.0.2 and pydicom-data 1.0.0 (247 files,
12,800 top-level elements that are no sequence): every text was equal.
"""
import base64
import io
import json
import struct
import sys
import zlib

import pydicom

SYNTAX = {
    "explicit": "1.2.840.10008.1.2.1",
    "implicit": "1.2.840.10008.1.2",
    "big endian": "1.2.840.10008.1.2.2",
    "deflated": "1.2.840.10008.1.2.1.99",
}
LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}


def element(tag, vr, value, how="explicit"):
    order = ">" if how == "big endian" else "<"
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    undefined = isinstance(value, tuple)
    body = value[0] if undefined else value
    length = 0xFFFFFFFF if undefined else len(body)
    if how == "implicit":
        return head + struct.pack(order + "L", length) + body
    if vr in LONG:
        return head + vr.encode() + struct.pack(order + "HL", 0, length) + body
    return head + vr.encode() + struct.pack(order + "H", length) + body


def item(body, undefined=False):
    head = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF if undefined else len(body))
    return head + body + (struct.pack("<HHL", 0xFFFE, 0xE00D, 0) if undefined else b"")


SEQUENCE_END = struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)


def part10(how, data):
    syntax = SYNTAX[how].encode()
    syntax += b"\0" * (len(syntax) % 2)
    meta = element(0x00020001, "OB", b"\0\1") + element(0x00020010, "UI", syntax)
    meta = element(0x00020000, "UL", struct.pack("<L", len(meta))) + meta
    if how == "deflated":
        packer = zlib.compressobj(wbits=-15)
        data = packer.compress(data) + packer.flush()
    return b"\0" * 128 + b"DICM" + meta + data


def numbers(order, code, *values):
    return struct.pack(f"{order}{len(values)}{code}", *values)


def every_vr(how):
    o = ">" if how == "big endian" else "<"
    rows = [
        (0x00080005, "CS", b"ISO_IR 100"),
        (0x00080008, "CS", b"ORIGINAL\\PRIMARY\\AXIAL "),
        (0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        (0x00080020, "DA", b"20240131"),
        (0x00080030, "TM", b"101112.13 "),
        (0x00080050, "SH", b""),
        (0x00080054, "AE", b"  A B \\C "),
        (0x00080060, "CS", b"CT"),
        (0x00081030, "LO", b" leading and trailing  "),
        (0x0008103E, "LO", b"it's\\a \"b\"\\"),
        (0x00081070, "PN", b"A^B\\C^D=="),
        (0x00081190, "UR", b"http://x/y "),
        (0x00091001, "OB", b"\1'\"\\\n\xff"),
        (0x00100010, "PN", "Jürgen^Ø=".encode("latin1")),
        (0x00100020, "LO", b"00123 "),
        (0x00101010, "AS", b"042Y"),
        (0x00104000, "LT", b"line 1\r\nline 2\\still  "),
        (0x00180050, "DS", b"2.000 "),
        (0x00181063, "DS", b""),
        (0x00189087, "FD", numbers(o, "d", 1e-5)),
        (0x00189089, "FD", numbers(o, "d", 0.1, 1e16, -0.0, 123456.75, 1e-4, 2.5e-7, 1e22)),
        (0x00200013, "IS", b"003 "),
        (0x00200037, "DS", b"1\\0\\-1.5e1\\ +0.0"),
        (0x00201208, "IS", b"abc "),
        (0x00201209, "IS", b"1\\\\3 "),
        (0x00280009, "AT", numbers(o, "H", 0x18, 0x1063)),
        (0x00280010, "US", numbers(o, "H", 512)),
        (0x00280103, "US", numbers(o, "H", 1)),
        (0x00280106, "SS", numbers(o, "h", -5)),
        (0x00281101, "SS", numbers(o, "h", -32768, 0, 16)),
        (0x00281201, "OW", b""),
        (0x00720026, "AT", numbers(o, "H", 0x18, 0x1063, 0x300A, 0xB0)),
        (0x00720060, "AT", b""),
        (0x0072006A, "PN", b""),
        (0x00720078, "UL", numbers(o, "L", 1, 4294967295)),
        (0x0072007C, "SL", numbers(o, "l", -7)),
        (0x00720076, "FL", numbers(o, "f", 0.1, -2.0)),
        (0x00720082, "SV", numbers(o, "q", -(2**60))),
        (0x00720083, "UV", numbers(o, "Q", 2**63)),
        (0x00720068, "LO", b"a\tb\0"),
    ]
    return b"".join(element(tag, vr, value, how) for tag, vr, value in sorted(rows, key=lambda row: row[0]))


def text(how, terms, name, comment):
    return element(0x00080005, "CS", terms + b" " * (len(terms) % 2)) + element(
        0x00100010, "PN", name + b" " * (len(name) % 2)
    ) + element(0x00104000, "LT", comment + b" " * (len(comment) % 2))


def sequences():
    code = element(0x00080100, "SH", b"T-1 ") + element(0x00080104, "LO", b"it's")
    inner = element(0x00081140, "SQ", item(element(0x00081155, "UI", b"1.2.3.4.5\0")))
    hidden = item(element(0x00080100, "", b"UN-1", "implicit"), True) + SEQUENCE_END
    return (
        element(0x00081032, "SQ", item(code) + item(code))
        + element(0x00081110, "SQ", (item(inner, True) + SEQUENCE_END,))
        + element(0x00081115, "SQ", b"")
        + element(0x00082112, "UN", (hidden,))
        + element(0x00091002, "UN", (hidden,))
        + element(0x00400275, "SQ", item(element(0x00720078, "UL", b"\1\0\0\0" * 20)))
        + element(0x00400555, "UN", b"")
        + element(0x0040A124, "UN", b"1.2.3\0")
    )


files = {how: part10(how, every_vr(how)) for how in SYNTAX}
files |= {
    "sequences": part10("explicit", sequences()),
    "UTF-8": part10("explicit", text("", b"ISO_IR 192", "Wang^小東=王^小東".encode(), "æøå 😀".encode())),
    "GB18030": part10("explicit", text("", b"GB18030", "Wang^小东=王".encode("gb18030"), "中文".encode("gb18030"))),
    "Greek": part10("explicit", text("", b"ISO_IR 126", "Διονυσιος".encode("iso8859_7"), b"plain")),
    "Turkish": part10("explicit", text("", b"ISO_IR 148", "Çavuşoğlu".encode("iso8859_9"), b"plain")),
    "Thai": part10("explicit", text("", b"ISO_IR 166", "นามสกุล".encode("tis_620"), b"plain")),
    "misspelt": part10("explicit", text("", b"ISO-IR 100", "Buc^Jérôme".encode("latin1"), b"plain")),
    "Japanese": part10(
        "explicit",
        text("", b"\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", b"a\x1b$B;3\x1b(Bb"),
    ),
    "Japanese, half width": part10(
        "explicit",
        text("", b"ISO 2022 IR 13\\ISO 2022 IR 87", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J", b"\xd4"),
    ),
    "Korean": part10(
        "explicit",
        text("", b"\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", b"\x1b$)C\xb1\xe8\r\nend"),
    ),
}
made = []
for name, data in files.items():
    dataset = pydicom.dcmread(io.BytesIO(data))
    texts = {}
    for tag in dataset.keys():
        one = dataset[tag]
        texts[f"({tag.group:04X},{tag.element:04X})"] = str(one.value)
        if one.keyword:
            texts[one.keyword] = str(one.value)
    made.append({"name": name, "file": base64.b64encode(data).decode(), "texts": texts})
json.dump(made, sys.stdout, indent=1, ensure_ascii=False)
sys.stdout.write("\n")
