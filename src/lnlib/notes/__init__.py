"""Notes: prose in Markdown, with numbers and exhibits of an edition, as PDF, DOCX and HTML.

`reading` parses a note, `composing` fills in an edition's numbers and exhibits, `checking` warns of what may drift;
`pdf`, `word` and `web` write the composed note, and `record` keeps its sentences for `lnlib status` and `lnlib compare`.
"""
