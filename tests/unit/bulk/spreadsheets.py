"""Workbooks made by hand from the parts that each program writes, with its peculiarities."""

import io
import zipfile
from collections.abc import Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def package(
    sheets: Mapping[str, str], *, strings: str = "", styles: str = "", prefix: str = "", targets: str = "worksheets/"
) -> bytes:
    """A workbook of sheets {name: sheet XML}, with the content of its shared strings and its styles."""
    tag = f"{prefix}:" if prefix else ""
    space = f'xmlns{":" + prefix if prefix else ""}="{MAIN}"'
    named = "".join(
        f'<{tag}sheet name="{name}" sheetId="{place}" r:id="rId{place}"/>' for place, name in enumerate(sheets, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{place}" Type="{OFFICE}/worksheet" Target="{targets}sheet{place}.xml"/>'
        for place in range(1, len(sheets) + 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/'
        'xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<{tag}workbook {space} xmlns:r="{OFFICE}"><{tag}sheets>{named}</{tag}sheets></{tag}workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rId98" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId99" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    }
    if strings:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    if styles:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    for place, sheet in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{place}.xml"] = sheet
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in parts.items():
            written.writestr(name, _DECLARATION + content)
    return stream.getvalue()


def texts(*values: str) -> str:
    """Shared strings, one entry each; a value that is markup already is taken as it is."""
    return "".join(f"<si>{value if value.startswith('<') else f'<t>{value}</t>'}</si>" for value in values)


def excel() -> bytes:
    strings = texts(
        "SKU", "ProductName", "EAN", "BackmarketPrice", "BackmarketEnabled", "Description", "Brand", "IP13",
        '<r><t xml:space="preserve">iPhone 13 </t></r><r><rPr><b/><sz val="11"/></rPr><t>128&#160;GB</t></r>',
        "Apple",
    )  # fmt: skip
    styles = (
        '<numFmts count="1"><numFmt numFmtId="164" formatCode="#,##0.00\\ &quot;€&quot;"/></numFmts><fonts count="1"><font/>'
        '</fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellXfs count="4">'
        '<xf numFmtId="0"/><xf numFmtId="1" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    )
    sheet = f"""<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 mc:Ignorable="x14ac" xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"><dimension ref="A1:G3"/>
<sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15"
 x14ac:dyDescent="0.25"/><sheetData><row r="1" spans="1:7" x14ac:dyDescent="0.25"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s">
<v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c><c r="E1" t="s"><v>4</v></c><c r="F1" t="s"><v>5</v></c>
<c r="G1" t="s"><v>6</v></c></row><row r="3" spans="1:7" x14ac:dyDescent="0.25"><c r="A3" t="s"><v>7</v></c><c r="B3" t="s">
<v>8</v></c><c r="C3" s="1"><v>36000291452</v></c><c r="D3" s="2"><f>200*1.95</f><v>390.00000000000006</v></c><c r="E3" t="b">
<v>1</v></c><c r="F3" s="3"><v>45962</v></c><c r="G3" t="str"><f>"App"&amp;"le"</f><v>Apple</v></c></row></sheetData>
</worksheet>"""
    return package({"Tabelle1": sheet}, strings=strings, styles=styles)


def libreoffice() -> bytes:
    strings = texts(
        *(
            f'<t xml:space="preserve">{text}</t>'
            for text in ("SKU", "EAN", "BackmarketPrice", "GB-1", "4006381333931", "Qty")
        )
    )
    sheet = f"""<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheetPr filterMode="false"><pageSetUpPr fitToPage="false"/>
</sheetPr><dimension ref="A1:D2"/><cols>
<col collapsed="false" customWidth="false" hidden="false" min="1" max="1025" width="11.52"/></cols>
<sheetData><row r="1" customFormat="false" ht="12.8" hidden="false" customHeight="false" outlineLevel="0" collapsed="false">
<c r="A1" s="0" t="s"><v>0</v></c><c r="B1" s="0" t="s"><v>1</v></c><c r="C1" s="0" t="s"><v>2</v></c><c r="D1" s="0" t="s">
<v>5</v></c></row><row r="2" customFormat="false" ht="12.8" hidden="false" customHeight="false"><c r="A2" s="0" t="s"><v>3</v></c>
<c r="B2" s="0" t="s"><v>4</v></c><c r="C2" s="0" t="n"><v>199.9</v></c><c r="D2" s="0" t="n"><v>7</v></c></row></sheetData>
<printOptions headings="false"/></worksheet>"""
    return package({"Sheet1": sheet}, strings=strings)


def numbers() -> bytes:
    strings = texts(
        "This document was exported from Numbers. Each table was converted to an Excel worksheet.",
        "Numbers Sheet Name", "SKU", "ProductName", "SitePrice", "A-1", "Café crème", "Table 1",
    )  # fmt: skip
    summary = f"""<worksheet xmlns="{MAIN}"><sheetData><row r="3" ht="50" customHeight="1"><c r="B3" t="s"><v>0</v></c></row>
<row r="7"><c r="B7" t="s"><v>1</v></c></row></sheetData></worksheet>"""
    table = f"""<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetFormatPr defaultColWidth="16.3333"
 defaultRowHeight="19.9" customHeight="1"/><sheetData><row r="1" ht="27.65" customHeight="1"><c r="A1" t="s" s="2"><v>7</v></c>
<c r="B1" s="2"/><c r="C1" s="2"/></row></sheetData></worksheet>""".replace('t="s" s="2"><v>7</v></c>', 's="2"/>')
    table = table.replace(
        "</row></sheetData>",
        """</row><row r="2" ht="20.25" customHeight="1"><c r="A2" t="s" s="3"><v>2</v></c><c r="B2" t="s" s="3"><v>3</v></c>
<c r="C2" t="s" s="3"><v>4</v></c></row><row r="3" ht="20.25" customHeight="1"><c r="A3" t="s" s="4"><v>5</v></c><c r="B3" t="s"
 s="5"><v>6</v></c><c r="C3" s="6"><v>1099.5</v></c></row></sheetData>""",
    )
    return package({"Export Summary": summary, "Sheet 1": table}, strings=strings)


def exporting_program() -> bytes:
    sheet = f"""<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is>
<x:t>SKU</x:t></x:is></x:c><x:c r="B1" t="inlineStr"><x:is><x:t>Brand</x:t></x:is></x:c></x:row><x:row r="2">
<x:c r="A2" t="inlineStr"><x:is>
<x:t>007</x:t></x:is></x:c><x:c r="B2" t="inlineStr"><x:is><x:r><x:t>Sam</x:t></x:r><x:r><x:t>sung</x:t></x:r></x:is></x:c>
</x:row></x:sheetData></x:worksheet>"""
    return package({"Export": sheet}, prefix="x", targets="/xl/worksheets/")
