"""The professional disclaimer: one file with its version; no setting turns it off."""

from __future__ import annotations

from functools import cache
from importlib import resources

import frontmatter

from service.apparatus import Disclaimer


@cache
def read_disclaimer() -> Disclaimer:
    """Return the disclaimer in ``prompts/disclaimer.md``, its lines joined."""
    text = (resources.files("prompts") / "disclaimer.md").read_text(encoding="utf-8")
    post = frontmatter.loads(text)
    return Disclaimer(version=str(post["version"]), text=" ".join(post.content.split()))
