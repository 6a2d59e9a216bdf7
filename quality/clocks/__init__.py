"""Legal clocks: rules as data, working days, pauses, re-dating, and the arithmetic that a person can check by hand."""
