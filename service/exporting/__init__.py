"""
Answers -> files that people take with them: text to read, and reference lists for other programs.

Pure: every writer takes an ``Export``, which holds answers as they were served, and returns text.
"""
