"""Every state of the pages of articles, each an address; tested for findings, shown in pictures."""

from __future__ import annotations

import json

from service.articles import ArticleStatus
from service.bootstrap import Runtime
from service.principals import LOCAL
from service.publishing import reworded
from service.rearranging import Act, kept_after
from service.showing import keyed
from tests.sample_articles import approved, moved, returned, submitted, with_names
from tests.sample_runtime import FakeLive


def article_states(runtime: Runtime, live: FakeLive) -> dict[str, str]:
    """Store articles in every state of review; return the address of each state of their pages."""
    with_names(live)
    store = runtime.articles
    new = submitted(runtime, "Is zorvanex safe in pregnancy?", LOCAL)
    done = approved(runtime)
    changed = returned(runtime, "Does zorvanex help adults over 65 with chronic insomnia?")
    edited = approved(runtime, "Which dose of zorvanex is usual?")
    answer = json.loads(store.answer(edited.id, 1))
    keys = [key for key, *_ in keyed(answer)]
    kept = kept_after(answer, keys[2], Act.DOWN)[:-1]
    told = "Insomnia was reported in 14% of patients given zorvanex 50 mg."
    kept[2] = type(kept[2])(kept[2].key, told)
    reworded(runtime, edited, kept, based_on=1, note="Shorter.", principal=LOCAL)
    moved(runtime, store.get(edited.id), ArticleStatus.UNDER_REVIEW)
    for statement, says in (
        (None, "Please compare it with the label in force."),
        (keys[2], "The strength should be named first."),
        (keys[3], "Is this in scope?"),
    ):
        said = store.comment(
            changed.id, version=1, statement=statement, by="Rev Reviewer", comment=says
        )
    store.resolve(changed.id, said.id, "Rev Reviewer")
    return {
        "articles": "/articles",
        "articles-none": "/articles?q=nothing",
        "article-submitted": f"/articles/{new.id}",
        "article-approved": f"/articles/{done.id}",
        "article-returned": f"/articles/{changed.id}",
        "article-patient": f"/articles/{done.id}?audience=patient",
        "review": f"/articles/{changed.id}/review",
        "review-compared": f"/articles/{edited.id}/review",
        "editorial-policy": "/editorial-policy",
        "about": "/about",
    }
