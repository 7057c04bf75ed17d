"""A spreadsheet workbook (Office Open XML) from tables: plain cells, no formulas, no macros; written with the standard library."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

Table = tuple[Sequence[str], Sequence[Mapping[str, Any]]]
MAX_ROWS = 1_048_576
STAMP = (1980, 1, 1, 0, 0, 0)  # one and the same time in every file: equal tables give equal bytes
WORKBOOK_OUT_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(sheets: Mapping[str, Table]) -> bytes:
    """Bytes of an .xlsx file: one sheet a table, columns in their order. Raises ValueError where a table is too long."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        names = list(sheets)
        _put(book, "[Content_Types].xml", _types(len(names)))
        _put(book, "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        _put(book, "xl/workbook.xml", _book(names))
        targets = [("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(names) + 1)]
        _put(book, "xl/_rels/workbook.xml.rels", _relations(targets))
        for i, (columns, rows) in enumerate(sheets.values(), 1):
            _put(book, f"xl/worksheets/sheet{i}.xml", _sheet(columns, rows))
    return out.getvalue()


def _put(book: zipfile.ZipFile, name: str, text: str) -> None:
    info = zipfile.ZipInfo(name, STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED
    book.writestr(info, WORKBOOK_OUT_HEAD + text)


def _types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{kind}.worksheet+xml"/>'
        for i in range(1, sheets + 1)
    )
    return (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{parts}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{i}" Type="{RELATION}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def _book(names: Sequence[str]) -> str:
    sheets = "".join(f'<sheet name="{escape(n[:31])}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(names, 1))
    return f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets>{sheets}</sheets></workbook>'


def _sheet(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    if len(rows) >= MAX_ROWS:
        raise ValueError(f"a sheet holds {MAX_ROWS - 1} rows at most")
    body = [_row([*columns]), *(_row([r.get(c) for c in columns]) for r in rows)]
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(body)}</sheetData></worksheet>'


def _row(cells: Sequence[Any]) -> str:
    return f"<row>{''.join(_cell(c) for c in cells)}</row>"


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)) or value == "":
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    if isinstance(value, int | float):
        return f"<c><v>{value!r}</v></c>"
    text = "".join(c for c in str(value) if c >= " " or c in "\t\n")
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
