"""What a laboratory may test, by which certificate and until when; how much it can take, and how fast.

A certificate (CMA 资质认定, CNAS 认可) is kept by the agency that sends samples: one person proposes it, another
confirms it. A confirmed one is never edited; a new one supersedes it. `matching` decides what is in scope.
"""
