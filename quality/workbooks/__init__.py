"""Tables that people send, whatever is in them: read cell by cell, kept until they are decided on, and given back.

A room that takes a table says what it asks of one (`columns.Columns`: its sheet, its columns, how much). Then
`reading.read` gives its rows as text, with what a spreadsheet did to a cell named and never guessed back;
`keeping.receive` and `keeping.find` keep them for their sender between the look and the decision; `writing.write` gives
out a table to fill in, and `writing.annotate` gives theirs back with a status and a reason beside each row.
"""
