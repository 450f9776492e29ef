"""Foreign files to a checked register.

`reading` opens every format: `workbook` and `register.separated_text` read grids of cells, `layouts` finds their headers (`headers`,
`mapping`), `recognise` takes them as tables, `onerow` and `kobo` as sheets of other shapes, and `rows` gathers raw rows
with their places. `draft_mapping` drafts a mapping of what is undecided, `guided_import` asks it; `import_account` imports and accounts for
every row; `template` writes an empty workbook; `register_opening` opens a register wherever it is kept.
"""

from lnlib.intake.register_opening import examine, find_register, open_register

__all__ = ["examine", "find_register", "open_register"]
