"""The demonstration that a first start loads, and who signs in to it.

It is played by `history.py`, which needs half of the program; the web only asks whether it is there, and is quick.
"""
