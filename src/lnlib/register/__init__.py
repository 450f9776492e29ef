"""The checked register: its schema, the checks, the problems found, the model, and its form on disk.

`schema` declares the columns; `checking` turns raw rows into tables and a list of `problems`; `model` is the register;
`package` reads and writes it as a Data Package, `writing` as a workbook.
"""

from lnlib.register.model import Register

__all__ = ["Register"]
