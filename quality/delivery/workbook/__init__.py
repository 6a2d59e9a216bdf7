"""What a platform answers, as a workbook: given out with all that waits, looked at when it comes back, and taken down.

`columns` names what is in it, `trying` says what each row would do, `writing` gives it out, and `uploads` keeps it
between the look and the decision.
"""
