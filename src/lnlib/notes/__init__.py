"""Notes: prose in Markdown, with numbers and exhibits of an edition, as PDF, DOCX and HTML.

`make_notes` is what `lnlib note` calls. `markdown` parses a note's file into `blocks`; `provinces` lists whom it is made for;
`compose` fills in an edition's `quoted_numbers` and exhibits (the `composed_note`), and `typed_numbers` warns of numbers that drift.
`pdf`, `docx` and `html` write it: `template_data` is the note as Typst and HTML read it and `head_and_foot` the text around it;
`docx_pages` counts Word's pages. `quotation_record` keeps its `quoting_sentences`, for `stale_notes` and for `lnlib compare`.
"""
