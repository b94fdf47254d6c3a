"""The verifier's own benchmark: true and falsified statements on real quotes, and their fate."""
