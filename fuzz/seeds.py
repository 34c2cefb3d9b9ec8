#!/usr/bin/env python3
"""Makes the small inputs in seeds/ that the fuzz targets begin with, one folder for each target. Of what the fixtures
and the rule files hold already, and of HEIF, which Pillow cannot write, nothing is made here: `run` adds it.

    .venv/bin/python fuzz/seeds.py      after scripts/setup fixtures and scripts/setup bench
"""

import io
import struct
from pathlib import Path

import pikepdf
import zxingcpp
from PIL import Image, ImageDraw

SEEDS = Path(__file__).parent / "seeds"
STUB = "Gross pay 2,002.50 Net pay 1,601.25 Employer Harbor Street Bakery Pay date 10/31/2026 "


def picture(mode: str, size=(24, 16)) -> Image.Image:
    """A page with some ink, some colour and, where there can be, some transparency."""
    rgba = Image.new("RGBA", size, (250, 245, 235, 255))
    draw = ImageDraw.Draw(rgba)
    draw.rectangle((3, 3, 9, 9), fill=(10, 20, 30, 255))
    draw.line((0, size[1], size[0], 0), fill=(200, 40, 40, 128), width=2)
    if mode == "I;16":
        return rgba.convert("L").convert("I").point(lambda level: level * 257).convert("I;16")
    return rgba.convert("RGB" if mode in ("CMYK", "P", "YCbCr") else mode).convert(mode)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif() -> Image.Exif:
    """Turned by a quarter, by a camera."""
    tags = Image.Exif()
    tags[0x0112], tags[0x0110] = 6, "Camera"
    tags.get_ifd(0x8769)[0x829A] = 0.01
    return tags


def raster() -> dict[str, bytes]:
    made = {f"{mode}.png": encoded(picture(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")}
    made["turned.png"] = encoded(picture("RGB"), "PNG", exif=exif())
    made |= {f"{mode}.jpg": encoded(picture(mode), "JPEG", quality=60) for mode in ("L", "RGB", "CMYK")}
    made["progressive.jpg"] = encoded(picture("RGB"), "JPEG", progressive=True, subsampling=0)
    made["turned.jpg"] = encoded(picture("RGB"), "JPEG", exif=exif(), restart_marker_rows=1)
    made["lossy.webp"] = encoded(picture("RGB"), "WEBP", quality=50)
    made["alpha.webp"] = encoded(picture("RGBA"), "WEBP", quality=50, exif=exif())
    made["lossless.webp"] = encoded(picture("RGBA"), "WEBP", lossless=True)
    film = {"save_all": True, "append_images": [picture("RGBA").rotate(90)], "duration": 50}
    made["film.webp"] = encoded(picture("RGBA"), "WEBP", **film)
    made["film.gif"] = encoded(picture("P"), "GIF", save_all=True, append_images=[picture("P").rotate(90)])
    made["interlaced.gif"] = encoded(picture("L"), "GIF", interlace=True)
    made |= {f"{mode}.bmp": encoded(picture(mode), "BMP") for mode in ("1", "L", "P", "RGB", "RGBA")}
    # Run lengths of 8 and of 4 bits.
    for bits, method in ((8, 1), (4, 2)):
        runs = bytes([4, 1, 0, 0, 0, 4, 0x10, 1, 0x10, 1, 0, 0, 0, 2, 1, 1, 3, 0, 0, 1])
        head = struct.pack("<IiiHHIIiiII", 40, 8, 4, 1, bits, method, len(runs), 0, 0, 2, 0)
        colours = bytes([255, 255, 255, 0, 0, 0, 0, 0])
        start = 14 + len(head) + len(colours)
        made[f"runs-{bits}.bmp"] = (
            b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + head + colours + runs
        )
    made |= {"L.pgm": encoded(picture("L"), "PPM"), "RGB.ppm": encoded(picture("RGB"), "PPM")}
    made["1.pbm"] = encoded(picture("1"), "PPM")
    made["plain.pbm"] = b"P1\n4 2\n0 1 0 1\n1 0 1 0\n"
    made["plain.pgm"] = b"P2\n# grey\n3 2\n15\n0 7 15\n15 7 0\n"
    made["plain.ppm"] = b"P3\n2 1\n255\n255 0 0 0 255 0\n"
    return made


def tiff() -> dict[str, bytes]:
    page, plain = picture("1", (40, 24)), {"compression": None}
    made = {f"{coding}.tif": encoded(page, "TIFF", compression=coding) for coding in ("group3", "group4", "tiff_ccitt")}
    made["group3-2d.tif"] = encoded(page, "TIFF", compression="group3", tiffinfo={292: 1})
    made["strips.tif"] = encoded(page, "TIFF", compression="group4", tiffinfo={278: 8})
    made |= {
        f"{coding}.tif": encoded(picture("RGB"), "TIFF", compression=coding)
        for coding in ("tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg")
    }
    made |= {f"{mode}.tif": encoded(picture(mode), "TIFF", **plain) for mode in ("1", "L", "LA", "P", "RGBA", "CMYK")}
    made["16.tif"] = encoded(picture("I;16"), "TIFF", **plain)
    made["palette-lzw.tif"] = encoded(picture("P"), "TIFF", compression="tiff_lzw")
    made["two.tif"] = encoded(page, "TIFF", save_all=True, append_images=[picture("P")], compression="packbits")
    made["predicted.tif"] = encoded(picture("RGB"), "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    made["big.tif"] = encoded(picture("P"), "TIFF", big_tiff=True)
    made["turned.tif"] = encoded(picture("L"), "TIFF", tiffinfo={274: 6, 272: "Camera"})
    # Big endian, a palette of four bits.
    colours = struct.pack(">48H", *([level * 4369 for level in range(16)] * 3))
    entries = [(256, 3, 1, 4 << 16), (257, 3, 1, 2 << 16), (258, 3, 1, 4 << 16), (259, 3, 1, 1 << 16)]
    entries += [(262, 3, 1, 3 << 16), (273, 4, 1, 8), (277, 3, 1, 1 << 16), (278, 3, 1, 2 << 16), (279, 4, 1, 4)]
    entries += [(320, 3, 48, 12 + 2 + 12 * 10 + 4)]
    directory = struct.pack(">H", 10) + b"".join(struct.pack(">HHII", *entry) for entry in entries) + bytes(4)
    made["palette-4.tif"] = b"MM\0*" + struct.pack(">I", 12) + b"\x01\x23\x45\x67" + directory + colours
    # Lowest bit first.
    made["reversed.tif"] = encoded(page, "TIFF", compression="group4", tiffinfo={266: 2})
    return made


def jpeg2000() -> dict[str, bytes]:
    modes = ("L", "LA", "RGB", "RGBA")
    made = {f"{mode}.jp2": encoded(picture(mode), "JPEG2000") for mode in modes}
    made["bare.j2k"] = encoded(picture("RGB"), "JPEG2000", no_jp2=True)
    made["lossy.j2k"] = encoded(picture("RGB", (64, 48)), "JPEG2000", no_jp2=True, irreversible=True)
    made["tiled.j2k"] = encoded(picture("L", (48, 32)), "JPEG2000", no_jp2=True, tile_size=(16, 16))
    made["layers.jp2"] = encoded(
        picture("RGB"), "JPEG2000", quality_layers=[8, 4, 1], progression="RPCL", num_resolutions=3
    )
    made["precincts.j2k"] = encoded(
        picture("L", (64, 64)), "JPEG2000", no_jp2=True, precinct_size=(32, 32), codeblock_size=(8, 8), progression="CPRL"
    )
    made["16.jp2"] = encoded(picture("I;16"), "JPEG2000")
    return made


def barcode() -> dict[str, bytes]:
    """One byte a pixel; a module is as many pixels wide as the second byte has them repeated."""
    made = {}
    for name, kind, text in (
        ("qr", zxingcpp.BarcodeFormat.QRCode, "vouch"),
        ("pdf417", zxingcpp.BarcodeFormat.PDF417, "@ANSI 636026080102DL"),
    ):
        code = zxingcpp.create_barcode(text, kind)
        image = Image.fromarray(code.to_image(scale=1, add_quiet_zones=True))
        wide = Image.new("L", (min(image.width + 8, 256), image.height + 8), 255)
        wide.paste(image, (4, 4))
        for repeated in (1, 4, 9):
            made[f"{name}-{repeated}"] = bytes([wide.width - 1, repeated - 1]) + wide.tobytes()
        aslant = wide.resize((min(wide.width * 2, 256), wide.height * 2)).rotate(7, fillcolor=255)
        made[f"{name}-aslant"] = bytes([aslant.width - 1, 2]) + aslant.tobytes()
    return made


def mrz() -> dict[str, bytes]:
    first, second = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    card = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    printed = "PASSPORT\nSurname\nERIKSSON\nGiven names\nANNA MARIA\nDate of birth\n12 AUG 1974\nPassport No. L898902C3\n"
    looks = f"{first[:43]}\t{first}\t{first}<<\n{second}\t{second.replace('898', 'B98')}\t{second}X"
    visa = f"V{first[1:]}\n{second[:28]}{'<' * 16}"
    texts = {
        "passport": f"{printed}{first}\n{second}",
        "card": card,
        "looks": looks,
        "visa": visa,
        "of-36": f"{first[:36]}\n{second[:36]}",
        "misread": f"{first.replace('<<<<', '«<K<')}\n{second.replace('<', '¢')}",
    }
    return {name: text.encode() for name, text in texts.items()}


def stream(entries: str, data: bytes) -> bytes:
    return f"<< {entries} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def pdf(content: str, entries="", resources="", others=()) -> bytes:
    """One small page; /F1 is Helvetica, `others` are the objects from 10 on, /Im the first of them."""
    objects = [b"null"] * 9 + [other.encode() if isinstance(other, str) else other for other in others]
    form = "/AcroForm << /Fields [10 0 R] /DA (/F1 0 Tf 0 g) >>"
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {form} >>".encode()
    objects[1] = b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>"
    objects[2] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    resources = f"<< /Font << /F1 3 0 R /F2 11 0 R >> /XObject << /Im 10 0 R >> {resources} >>"
    box = "/MediaBox [0 0 200 260]"
    objects[3] = f"<< /Type /Page /Parent 2 0 R {box} {entries} /Contents 5 0 R /Resources {resources} >>".encode()
    objects[4] = stream("", content.encode())
    file, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(file))
        file += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(file)}\n%%EOF\n"
    return file + tail.encode()


def image(entries: str, data: bytes, width=24, height=16, colours="/DeviceGray", bits=8) -> bytes:
    head = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace {colours} /BitsPerComponent {bits}"
    return stream(f"{head} {entries}", data)


def fax() -> bytes:
    """Group 4 as it stands in the strip of a TIFF."""
    with Image.open(io.BytesIO(encoded(picture("1", (40, 24)), "TIFF", compression="group4"))) as page:
        offset, size = page.tag_v2[273][0], page.tag_v2[279][0]
        page.fp.seek(offset)
        return page.fp.read(size)


def drawn() -> dict[str, bytes]:
    """What pages draw besides text and pictures."""
    scan = "q 200 0 0 260 0 0 cm /Im Do Q"
    fade = "<< /FunctionType 2 /Domain [0 1] /C0 [1 0 0] /C1 [0 0 1] /N 1 >>"
    two = f"<< /FunctionType 3 /Domain [0 1] /Functions [{fade} {fade}] /Bounds [0.5] /Encode [0 1 1 0] >>"
    axial = f"<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 200 260] /Function {two} /Extend [true true] >>"
    radial = f"<< /ShadingType 3 /ColorSpace /DeviceRGB /Coords [90 90 0 100 100 80] /Function {fade} >>"
    tint = stream("/FunctionType 4 /Domain [0 1] /Range [0 1 0 1 0 1]", b"{ dup 0.5 mul exch dup 2 index add 2 div exch }")
    plane = stream("/FunctionType 4 /Domain [0 1 0 1] /Range [0 1]", b"{ mul sqrt }")
    by_place = "<< /ShadingType 1 /ColorSpace /DeviceGray /Matrix [200 0 0 260 0 0] /Function 10 0 R >>"
    mesh = b"".join(struct.pack(">BHHBBB", 0, x, y, 255, y >> 8, 0) for x, y in ((0, 0), (65535, 0), (30000, 65535)))
    gouraud = stream(
        "/ShadingType 4 /ColorSpace /DeviceRGB /BitsPerCoordinate 16 /BitsPerComponent 8 /BitsPerFlag 8"
        " /Decode [0 200 0 260 0 1 0 1 0 1]", mesh)
    patch = bytes([0]) + b"".join(struct.pack(">HH", x * 20000, y * 20000) for x, y in (
        (0, 0), (0, 1), (0, 2), (0, 3), (1, 3), (2, 3), (3, 3), (3, 2), (3, 1), (3, 0), (2, 0), (1, 0))) + bytes(range(0, 240, 20))
    coons = stream(
        "/ShadingType 6 /ColorSpace /DeviceRGB /BitsPerCoordinate 16 /BitsPerComponent 8 /BitsPerFlag 8"
        " /Decode [0 200 0 260 0 1 0 1 0 1]", patch)
    tile = stream(
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9 /Resources << >>",
        b"1 0 0 rg 0 0 4 4 re f")
    group = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 200 260] /Group << /S /Transparency /CS /DeviceGray /I true >>"
        " /Resources << >>", b"0.5 g 20 20 90 90 re f")
    spot = "/ColorSpace << /Spot [/Separation /Ink /DeviceRGB 10 0 R] >>"
    mask = "/ExtGState << /G << /SMask << /S /Luminosity /G 10 0 R >> /ca 0.5 /BM /Multiply >> >>"
    page = "0 0 200 260 re f"
    return {
        "axial": pdf("/S sh", resources=f"/Shading << /S {axial} >>"),
        "radial": pdf("/S sh", resources=f"/Shading << /S {radial} >>"),
        "by-place": pdf("/S sh", resources=f"/Shading << /S {by_place} >>", others=[plane]),
        "gouraud": pdf("/S sh", resources="/Shading << /S 10 0 R >>", others=[gouraud]),
        "coons": pdf("/S sh", resources="/Shading << /S 10 0 R >>", others=[coons]),
        "tiles": pdf(f"/Pattern cs /P scn {page}", resources="/Pattern << /P 10 0 R >>", others=[tile]),
        "mask": pdf(f"/G gs 1 0 0 rg {page} /Im Do", resources=mask, others=[group]),
        "spot": pdf(f"/Spot cs 0.4 scn {page}", resources=spot, others=[tint]),
        "inline": pdf("q 200 0 0 260 0 0 cm BI /W 4 /H 2 /CS /G /BPC 8 ID 01234567 EI Q 20 20 m 80 90 40 30 99 5 c [3 1] 0 d 2 w S"),
        "rotated": pdf(scan, "/Rotate 90 /CropBox [10 10 150 200] /UserUnit 1.5", others=[image("", bytes(range(192)) * 2)]),
    }


def pdfs() -> dict[str, bytes]:
    scan, grey = "q 200 0 0 260 0 0 cm /Im Do Q", picture("L").tobytes()
    text = lambda mode: f"BT {mode} Tr /F1 6 Tf 9 240 Td " + f"({STUB}) Tj 0 -9 Td " * 8 + "ET"
    made = {"text": pdf(text(0)), "hidden": pdf(f"{text(3)} {scan}", others=[image("", grey)])}
    made["array"] = pdf("BT /F1 9 Tf 1 0 0.2 1 9 99 Tm 2 Tc 3 Tw 90 Tz 4 Ts [(Net) -250 (pay) 99 (9.50)] TJ T* (Due) ' ET")
    coded = {
        "dct": image("/Filter /DCTDecode", encoded(picture("RGB"), "JPEG", quality=40), colours="/DeviceRGB"),
        "jpx": image("/Filter /JPXDecode", encoded(picture("L"), "JPEG2000")),
        "fax": image(
            "/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 40 /Rows 24 >>", fax(), 40, 24, bits=1),
        "hex": image("/Filter /ASCIIHexDecode", grey.hex().encode() + b">"),
        "runs": image("/Filter /RunLengthDecode", bytes([129, 255, 129, 0, 129, 9, 128])),
        "stencil": stream("/Type /XObject /Subtype /Image /Width 8 /Height 4 /ImageMask true /Decode [1 0]", b"\x5a\xa5\x5a\xa5"),
        "indexed": image("", bytes(range(192)) * 2, colours="[/Indexed /DeviceRGB 1 <ff0000 0000ff>]"),
        "lab": image("/Mask [0 9 0 9 0 9]", grey * 3, colours="[/Lab << /WhitePoint [0.95 1 1.09] >>]"),
        "soft": image("/SMask 11 0 R /Interpolate true", grey),
    }
    made |= {f"scan-{name}": pdf(scan, others=[data, image("", grey)]) for name, data in coded.items()}
    field = "/Type /Annot /Subtype /Widget /FT /Tx /DA (/F1 9 Tf 0 g)"
    widgets = (
        f"<< {field} /V (2,002.50\\r1,601.25) /Rect [9 9 99 40] /Ff 4096 >>",
        f"<< {field} /V <FEFF004D00610072> /Rect [9 50 40 99] /MK << /R 90 >> >>",
        "<< /Type /Annot /Subtype /Widget /Parent 13 0 R /Rect [99 9 180 40] /AP << /N 14 0 R >> >>",
        "<< /FT /Ch /V (Texas) /Parent 13 0 R >>",
        stream("/Type /XObject /Subtype /Form /BBox [0 0 80 30]", b"BT /F1 9 Tf (Texas) Tj ET"),
    )
    made["form"] = pdf(text(0), "/Annots [10 0 R 11 0 R 12 0 R]", others=widgets)
    glyph = stream("", b"700 0 0 0 500 500 d1 0 0 500 500 re f")
    type3 = (
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [.001 0 0 .001 0 0] /FirstChar 65"
        " /LastChar 65 /Widths [700] /CharProcs << /A 12 0 R >> /Encoding << /Differences [65 /A] >>"
        " /Resources << >> /ToUnicode 13 0 R >>"
    )
    to_unicode = stream("", (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange"
        b" 1 beginbfchar <41> <0046> endbfchar 1 beginbfrange <42> <44> <0061> endbfrange endcmap"))
    made["type3"] = pdf("BT /F2 20 Tf 9 99 Td (AAA) Tj ET", others=["null", type3, glyph, to_unicode])
    composite = (
        "<< /Type /Font /Subtype /Type0 /BaseFont /Helvetica /Encoding /Identity-H /DescendantFonts [12 0 R] /ToUnicode 13 0 R >>"
    )
    part = (
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Helvetica /CIDSystemInfo << /Registry (Adobe)"
        " /Ordering (Identity) /Supplement 0 >> /DW 600 /W [1 [500 600] 5 9 400] >>"
    )
    made["composite"] = pdf("BT /F2 20 Tf 9 99 Td <00410042> Tj ET", others=["null", composite, part, to_unicode])
    made |= drawn()
    # The same page with its objects in streams, and enciphered.
    for name, options in {
        "packed": {"object_stream_mode": pikepdf.ObjectStreamMode.generate, "deterministic_id": True},
        "rc4": {"encryption": pikepdf.Encryption(owner="owner", user="", R=3, aes=False, metadata=False), "static_id": True},
        "aes": {"encryption": pikepdf.Encryption(owner="owner", user="", R=4), "static_id": True},
        "aes256": {"encryption": pikepdf.Encryption(owner="owner", user="", R=6), "static_id": True},
    }.items():
        options = {key: value for key, value in options.items() if key != "static_id"}
        with pikepdf.open(io.BytesIO(made["form"])) as file:
            out = io.BytesIO()
            file.save(out, **options)
            made[name] = out.getvalue()
    return {f"{name}.pdf": data for name, data in made.items()}


def main() -> None:
    makers = {
        "barcode": barcode, "jpeg2000": jpeg2000, "mrz": mrz, "pdf": pdfs, "raster": raster, "tiff": tiff,
    }
    for target, make in makers.items():
        folder = SEEDS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in make().items():
            (folder / name.replace(";", "-")).write_bytes(data)


if __name__ == "__main__":
    main()
