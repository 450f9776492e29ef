"""The only room that reads or writes registers.

`tables` and `vocabulary` declare what a register holds; `package` reads and writes it as a Data Package;
`checking` turns raw rows into tables and a list of `problems`; `model` is the register itself; `opening` is the door.

What other people keep comes in by `reading`: `text` and `spreadsheet` give grids of cells, `layouts` finds their headers
(`headers`, `mapping`), `recognising` takes them as tables, `onerow` and `kobo` as sheets of other shapes. `accounting`
imports and accounts for every row; `writing` and `template` make workbooks.
"""

from lnlib.register.model import Register
from lnlib.register.opening import examine, find_register, open_register

__all__ = ["Register", "examine", "find_register", "open_register"]
