"""
How the schema came to be, a step at a time, for Alembic; ``service.migrating`` runs it.

A step is never changed once it is published: what comes later is a step of its own.
"""
