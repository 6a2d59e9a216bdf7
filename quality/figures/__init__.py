"""Pure figures: rates and estimates with their intervals, sizes of samples, scores of laboratories.

Values in, values out; exact or in Decimal. Rates, chances and half-widths are fractions from 0 to 1: whoever shows one
rounds it, once.
What to take for what:

- so many of so many, all looked at or drawn alike: `rates.Rate`, `rates.wilson`; never too narrow: `binomial`;
- the rate of a frame from a sample by strata: `stratified`; from one with unequal chances: `unequal`;
- the same at a mix of groups that is given (an index): `stratified.standardised`; who stands before whom: `ranking`;
- how long until it is done, where some still wait: `survival`;
- how many to test: `sizes`, `comparison`; how likely a sample finds one at all: `detection`;
- laboratories: `proficiency`.
"""
