"""A laboratory's results as a table (CONTRACT.md §5): given out prefilled, looked at first, then entered or given back.

`columns` names what is in it, `reading` opens what was sent, `judging` tries every row, `writing` gives it back, and
`uploads` keeps it between the look and the decision. Rows of one blind number and one report number are one report.
"""
