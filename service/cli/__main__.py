"""``python -m service.cli``: the same as ``followup``."""

from service.cli import main

main()
