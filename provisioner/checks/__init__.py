"""Checks of answers and machine against reality: small functions that return findings.

None costs money and none raises for what it finds. Preflight asks them all, the wizard those whose
answers have just changed; so they take plain answers that may still have gaps.
"""
