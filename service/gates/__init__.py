"""
The gates a statement must pass, one idea a module; ``service.verifying`` asks them in order.

Readers turn text into what can be compared: ``numerals`` and ``units`` into ``quantities``,
``frequencies``, ``routes``, ``groups`` and ``cues`` into ``marks``; ``binding`` says which mark of
a quote a mark of the statement stands for. The gates themselves only compare.
"""
