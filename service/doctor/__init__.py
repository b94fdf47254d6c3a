"""
``followup doctor``: is this installation sound, and which command mends what is not.

``examining`` collects the facts and runs the checks; each other module judges one part of the
installation and changes nothing.
"""
