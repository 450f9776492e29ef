"""How the pages are built, by `make docs`: Sphinx with the tables and pictures that `building` makes."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]

project = "Learning-note notebooks"
author = "Learning-note notebooks"
language = "en"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "building"]
exclude_patterns = ["building", "static"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # types in signatures are of other projects, or internal

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = False
add_module_names = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = "Learning-note notebooks"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1B2A5C", "color-brand-content": "#1F655C"},
    "dark_css_variables": {"color-brand-primary": "#ECB73F", "color-brand-content": "#7CC7BC"},
}
pygments_style = "xcode"  # each of its colours has a contrast of 4.5 or more on its ground
pygments_dark_style = "github-dark"
