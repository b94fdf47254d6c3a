"""Sources come in: from the services that publish them, politely, resumably, with their licence."""
