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
| `survival` | the same from rows of your own: how long until something happens? |
| `curves` | which times of a curve are tied, and how sure is a point of it? |
| `occupation` | how likely is each stage after so long, as counted? |
| `aalen_johansen` | the estimator behind it, with its errors, on arrays |
| `step_products` | products of matrices over runs of time steps, for the estimator |
| `panel` | at what rates do partnerships move, seen only now and then? |
| `panel_intervals` | visits read as intervals, equal ones folded into one |
| `panel_likelihood` | the likelihood of the intervals at given rates, and its gradient |
| `panel_search` | where is it greatest, or was that not found? |
| `panel_results` | what follows from the rates: ratios, probabilities, times |
| `panel_shown` | the model's occupation curve, and its ratios with what each is compared with |
| `panel_prevalence` | does the model fit: observed beside expected counts |
| `rates` | in which provinces do they move faster? |
| `pooling` | what can be said of the shares of provinces with few partnerships? |
| `agreement` | do the state and the non-state actor rate alike? |
| `coverage` | who was assessed when, and by whom? |
| `placing` | what do uncertain dates do to a result? |

The columns are agreed in `docs/columns.md`. Order of rows never matters; nothing given is changed.
"""
