"""What stands in the files of a figure, read from their bytes."""

import io
import re
import zlib
from xml.etree import ElementTree

from PIL import Image


def svg_words(content):
    """The texts of an SVG in their order."""
    return [element.text for element in ElementTree.fromstring(content).iter("{http://www.w3.org/2000/svg}text")]


def svg_told(content):
    """The name and the description of an SVG, as its root names them; an SVG that is not one image has none."""
    root = ElementTree.fromstring(content)
    assert root.get("role") == "img"
    by_id = {element.get("id"): element.text for element in root if "id" in element.attrib}
    return by_id[root.get("aria-labelledby")], by_id[root.get("aria-describedby")]


def pdf_words(content):
    """The words of a PDF whose fonts are embedded as TrueType, two bytes a sign; signs of a second font are left out."""
    signs = []
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.S):
        try:
            page = zlib.decompress(packed)
        except zlib.error:
            continue
        for line in re.findall(rb"\[(.*?)\]\s*TJ", page, re.S):
            shown = b"".join(re.findall(rb"\(((?:\\.|[^\\)])*)\)", line, re.S))
            signs.append(re.sub(rb"\\(.)", rb"\1", shown).decode("utf-16-be", "replace"))
    return " ".join(signs)


def pdf_fonts(content):
    return set(re.findall(rb"/Subtype /(\w*Type\w*)", content))


def picture(content):
    return Image.open(io.BytesIO(content))
