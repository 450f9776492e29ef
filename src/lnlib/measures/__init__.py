"""Measures: frame in, frame out. They know neither registers nor charts, only documented columns.

| file | answers |
|---|---|
| `columns` | are the columns there, and of the right kind? |
| `intervals` | how sure is one proportion? (Wilson, Jeffreys, Clopper–Pearson) |
| `shares` | what share of partnerships stands at each stage, on each date? |
| `cohorts` | did those there move, or did others come and go? |
| `flows` | who went from where to where between dates? |
| `transitions` | from which stage to which, in how long? |
| `sequences` | how long at each stage, and how turbulent a life? |
| `first_passage` | how long until a stage is first reached? |
| `occupation` | how likely is each stage after so long? |
| `panel` | at what rates do partnerships move, seen only now and then? |
| `pooling` | what can be said of provinces with few partnerships? |
| `agreement` | do the state and the non-state actor rate alike? |
| `coverage` | who was assessed when, and by whom? |
| `placing` | what do uncertain dates do to a result? |

The columns are agreed in `docs/columns.md`. Order of rows never matters; nothing given is changed.
"""
