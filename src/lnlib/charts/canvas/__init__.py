"""The sheet in millimetres: layout, text breaking, fonts, and printing to SVG, PDF and PNG."""
