"""
Stage 2: source file -> documents, by the file's own structure.

Every parser module has ``VERSION`` ("spl/1") and ``parse(file) -> Iterator[Document |
DeadLetter]``. It yields one item per record; it raises ParseError where the file as a whole
cannot be read. It opens nothing: all it knows is in the SourceFile.
"""
