"""What stands in the files of a figure, read from their bytes."""

import io
from xml.etree import ElementTree

import pypdf
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


def pdf_page(content):
    """The only page of a PDF, and what is said of it."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    (page,) = reader.pages
    return page, reader.metadata


def picture(content):
    return Image.open(io.BytesIO(content))
