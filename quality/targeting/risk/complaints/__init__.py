"""Complaints as a table: looked at row by row when it comes, and taken in.

`columns` names what is in it, `trying` says what each row would do, `uploads` keeps it between the look and the
decision, `listed` reads what was taken in.
"""
