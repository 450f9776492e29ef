"""Measured frames to figures: one file a chart, each with `draw`, `describe` (alt text) and `finding` (title).

`theme` holds sizes, type and colours, `sheet` lays a figure out in millimetres, `states` says what a stage looks like,
`time_axis` draws time. No chart measures anything or reads anything. Each `draw` takes the frame, the `sheet` to draw on and
the `labels` of the stages, and returns the figure.
"""
