"""Measures: frame in, frame out. They know neither registers nor charts, only documented columns.

| module | answers |
|---|---|
| `counts.shares` | what share of partnerships stands at each stage, on each date? |
| `counts.cohorts` | did those there move, or did others come and go? |
| `counts.flows` | who went from where to where between dates? |
| `counts.transitions` | from which stage to which, in how long? |
| `counts.sequences` | how long at each stage in the first years? |
| `counts.agreement` | do the state and the non-state actor rate alike? |
| `counts.observed` | who was assessed when, and by whom? |
| `counts.assessment_rates` | does the chance of an assessment depend on the stage? |
| `curves.first_passage` | how long until a stage is first reached? |
| `curves.occupation` | how likely is each stage after so long, as counted? |
| `curves.lasting_gains` | how long until a stage once reached is lost? |
| `curves.survival` | how long until something happens, from rows of your own? |
| `panel.model` | at what rates do partnerships move, seen only now and then? |
| `panel.results`, `panel.model_occupation` | what follows from the rates: ratios, probabilities, times, a curve |
| `panel.hidden_stage` | the same where raters err |
| `panel.prevalence` | does the model fit: observed beside expected counts |
| `panel.group_multipliers` | in which groups do they move faster? |
| `panel.event_study` | how fast do they move before and after a mechanism starts? |
| `pooling` | what can be said of the shares of provinces with few partnerships? |
| `uncertain_dates` | what do uncertain dates do to a result? |
| `intervals`, `clusters` | how sure is one proportion, and how sure where rows of one partnership go together? |
| `columns` | are the columns there, and of the right kind? |

The rest serves these: `curves.follow_up` (when one is at risk), `curves.curve_limits`, `curves.aalen_johansen` and
`curves.step_products` (estimators on arrays), `panel.visit_intervals`, `panel.life_histories`, `panel.likelihood` and
`panel.optimise`. The columns are agreed in `docs/columns.md`. Order of rows never matters; nothing given is changed.
"""
