"""A library as a workbook: given out, looked at row by row when it comes back, and taken in standard by standard.

`columns` names what is in it, `cells` opens what was sent, `trying` reads it as standards and says what each row would
do, `writing` gives it out, and `uploads` keeps it between the look and the decision.
"""
