"""The pages of articles and policies, without a script and without a browser."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.api import create_app
from service.article_store import Articles
from service.articles import Article, ArticleStatus
from service.bootstrap import Runtime
from service.principals import LOCAL, Principal
from service.showing import keyed
from tests.integration.test_articles import As
from tests.sample_articles import (
    CHANGES,
    OWNER,
    READER,
    REVIEWER,
    approved,
    returned,
    submitted,
    with_names,
)
from tests.sample_runtime import AGAINST, BOXED, INSOMNIA, INSTEAD, QUESTION, TRIAL, a_runtime

HOME = "http://127.0.0.1"
HTML = {"Accept": "text/html"}
UNREVIEWED = "Educational purpose only; not reviewed by a human"


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """The sample runtime, whose home is the test's own folder."""
    runtime, live = a_runtime(tmp_path)
    with_names(live)
    yield runtime
    runtime.close()


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    """The app over it."""
    return create_app(runtime)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client on this machine, where everything is allowed."""
    with TestClient(app, base_url=HOME) as client:
        yield client


def somebody(app: FastAPI, principal: Principal) -> TestClient:
    """Return a client who is *principal*."""
    return TestClient(As(app, principal), base_url=HOME, follow_redirects=False)


def words(page: Any) -> str:  # noqa: ANN401 - a reply of the client
    """Return what a page says, without elements and white space in a row."""
    body = page.text[page.text.index("<main") :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def keys(store: Articles, article: Article) -> list[str]:
    """Return the keys of the newest version's statements."""
    return [key for key, *_ in keyed(json.loads(store.answer(article.id, article.current.number)))]


@pytest.mark.parametrize(
    ("path", "says"),
    [("/editorial-policy", "How a statement earns its place"), ("/about", "Who it is for")],
)
def test_a_policy_is_a_page_that_every_page_leads_to(
    client: TestClient, path: str, says: str
) -> None:
    """The shipped text, its date, and a link in the foot of the first page."""
    shown = client.get(path)

    assert shown.status_code == 200
    assert shown.headers["content-type"].startswith("text/html")
    assert f"<h2>{says}</h2>" in shown.text
    assert "Last updated 24 November 2026" in shown.text
    assert f'href="{path}"' in client.get("/").text


def test_operators_may_replace_a_policy(client: TestClient, tmp_path: Path) -> None:
    """HOME/pages/about.md is shown as it stands now; one that cannot be read is a problem."""
    own = tmp_path / "pages" / "about.md"
    own.parent.mkdir()
    own.write_text("## Ours\n\n<b>Not bold</b>", encoding="utf-8")

    shown = client.get("/about").text
    own.write_bytes(b"\xff")
    unreadable = client.get("/about")

    assert "<h2>Ours</h2>" in shown
    assert "&lt;b&gt;Not bold" in shown
    assert unreadable.status_code == 500
    assert unreadable.json()["type"] == "/problems/misconfigured"


def test_a_question_becomes_an_article_with_a_page(client: TestClient) -> None:
    """The form leads to it: question, steps, policy, safety, sections, conflicts, references."""
    made = client.post("/articles", data={"question": QUESTION}, follow_redirects=False)

    assert made.status_code == 303
    page = client.get(made.headers["location"])
    assert page.headers["cache-control"] == "no-store"
    assert f'<h1 id="title">{QUESTION}</h1>' in page.text
    says = words(page)
    for each in (BOXED, AGAINST, INSOMNIA, TRIAL, "Where the sources disagree", "References"):
        assert each in says
    assert f"{UNREVIEWED}." in says
    assert "Last updated" in says
    assert 'href="/editorial-policy"' in page.text
    assert says.index("Have a follow-up question?") > says.index("A reference aid")
    assert re.search(r'name="article_id" value="[0-9a-f]{32}"', page.text)
    assert "format=ris" in page.text


def test_an_answer_becomes_an_article(client: TestClient) -> None:
    """As the page of a conversation offers it."""
    answer = client.post("/v1/answers", json={"question": QUESTION}).json()

    made = client.post("/articles", data={"answer_id": answer["answer_id"]})

    assert made.status_code == 200
    assert made.url.path.startswith("/articles/")


@pytest.mark.parametrize(
    ("question", "status", "says"),
    [
        ("", 422, "Type a question"),
        ("of nothing", 422, "There is no answer to publish"),
        ("which one", 422, "must be made clear"),
    ],
)
def test_what_is_no_article_is_said_above_the_form(
    client: TestClient, question: str, status: int, says: str
) -> None:
    """The list comes back with the reason, and keeps what was typed."""
    page = client.post("/articles", data={"question": question})

    assert page.status_code == status
    assert 'role="alert"' in page.text
    assert says in words(page)
    assert f">{question}</textarea>" in page.text


@pytest.mark.parametrize("form", [b"\xff=1", b"&".join(b"a%d=1" % n for n in range(99))])
def test_a_form_that_is_not_the_pages_is_refused(client: TestClient, form: bytes) -> None:
    """It makes no error of ours."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert client.post("/articles", content=form, headers=headers).status_code == 422


def test_the_steps_say_how_far_a_review_is(client: TestClient, runtime: Runtime) -> None:
    """One step is current, and says so apart from colour; those behind it have their day."""
    current = {
        made(runtime).id: name
        for made, name in (
            (submitted, "Submitted"),
            (returned, "Under Review"),
            (approved, "Approved"),
        )
    }

    for article_id, name in current.items():
        text = client.get(f"/articles/{article_id}").text
        (step,) = re.findall(r'aria-current="step">\s*<span class="step">([^<]+)<', text)
        assert step == name
        assert text.count("not yet") == {"Submitted": 2, "Under Review": 1, "Approved": 0}[name]
        assert (UNREVIEWED in text) == (name != "Approved")
        assert ("Reviewed and approved on" in text) == (name == "Approved")


def test_a_reader_who_is_named_is_shown_the_same_facts(
    client: TestClient, runtime: Runtime
) -> None:
    """Personalizing changes words of ours; what is cited stays."""
    article = submitted(runtime)

    page = client.get(f"/articles/{article.id}?audience=patient")

    assert '<option value="patient" selected>' in page.text
    for each in (BOXED, AGAINST, INSOMNIA, TRIAL):
        assert each in words(page)
    assert client.get(f"/articles/{article.id}?audience=nobody").status_code == 422


def test_what_became_of_the_sources_is_shown(client: TestClient, runtime: Runtime) -> None:
    """Old words and new, which document, what happened to it, and since when."""
    article = returned(runtime)

    page = client.get(f"/articles/{article.id}")

    assert "Its sources have changed" in page.text
    assert "<del>14%</del>" in page.text
    assert "<ins>18%</ins>" in page.text
    says = words(page)
    assert "The study has been retracted." in says
    assert "Nothing that resembles it." in says
    assert CHANGES[0].title in says


def test_readers_see_approved_versions_alone(app: FastAPI, runtime: Runtime) -> None:
    """What is not published is not there for them; a newer version is announced, not shown."""
    secret, public = submitted(runtime), approved(runtime)
    answer = runtime.articles.answer(public.id, 1)
    runtime.articles.add_version(
        public.id, based_on=1, author="x", turn=public.current.turn, answer=answer, note=""
    )
    reader, owner = somebody(app, READER), somebody(app, OWNER)

    assert reader.get(f"/articles/{secret.id}").status_code == 404
    assert owner.get(f"/articles/{secret.id}").status_code == 200
    page = reader.get(f"/articles/{public.id}")
    assert "This is the approved version 1. Version 2 is Submitted" in words(page)
    assert "/review" not in page.text
    assert "Review history" not in page.text
    assert reader.get(f"/articles/{public.id}?version=2").status_code == 404
    assert "Version 2" in words(owner.get(f"/articles/{public.id}"))
    listed = words(reader.get("/articles"))
    assert listed.count("Last updated") == 1


def test_readers_are_told_what_became_of_the_sources(app: FastAPI, runtime: Runtime) -> None:
    """The page stays, as Under Review, its differences above the answer; the list says it too."""
    article = returned(runtime)
    stored = runtime.articles
    answer, turn = stored.answer(article.id, 1), article.current.turn
    reader = somebody(app, READER)

    page = reader.get(f"/articles/{article.id}")
    listed = words(reader.get("/articles"))

    says = words(page)
    assert says.index("Its sources have changed") < says.index(BOXED)
    assert "<ins>18%</ins>" in page.text
    assert f"{UNREVIEWED}." in says
    assert "eviewed and approved" not in page.text
    assert re.search(r"Under Review\s+Sources changed", listed)
    stored.add_version(article.id, based_on=1, author="x", turn=turn, answer=answer, note="")
    says = words(reader.get(f"/articles/{article.id}"))
    assert "This is version 1. Version 2 is Submitted" in says
    review = words(somebody(app, REVIEWER).get(f"/articles/{article.id}/review"))
    assert "Readers see version 1" in review


def test_the_list_is_narrowed_and_continues(client: TestClient, runtime: Runtime) -> None:
    """By words, status, drug and day; a page holds twenty, and the next link keeps the filters."""
    done = approved(runtime, "Is zorvanex safe in pregnancy?")
    for number in range(21):
        submitted(runtime, f"Question {number} on insomnia?")

    def found(query: str) -> str:
        page = client.get(f"/articles?{query}")
        assert page.status_code == 200
        return page.text

    assert found("q=pregnancy").count("<li>\n    <h2>") == 1
    assert done.id in found("status=approved&q=")
    assert "No article fits" in found("drug=aspirin")
    assert done.id in found("drug=zorvanex&status=approved")
    assert "No article fits" in found("to=2020-01-01")
    assert done.id in found("from=2020-01-01&to=2999-01-01&status=approved")
    first = found("status=submitted")
    assert first.count("<li>\n    <h2>") == 20
    (more,) = re.findall(r'href="(/articles\?[^"]*after[^"]*)"', first)
    second = client.get(html.unescape(more)).text
    assert second.count("<li>\n    <h2>") == 1


@pytest.mark.parametrize(
    "query", ["status=done", "from=yesterday", "to=9999-12-31", "after=x", "q=" + "x" * 201]
)
def test_a_filter_that_is_none_is_refused(client: TestClient, query: str) -> None:
    """It is said, and not an error of ours."""
    assert client.get(f"/articles?{query}").status_code == 422


def test_an_empty_list_says_what_to_do(client: TestClient) -> None:
    """No article at all, or none that fits: each with its way on."""
    assert "Ask for the first one below" in words(client.get("/articles"))
    assert "show all articles" in words(client.get("/articles?q=zzz"))


def test_the_workbench_is_for_reviewers(app: FastAPI, runtime: Runtime) -> None:
    """Its page and every form of it: forbidden to the owner, and 404 where there is no article."""
    article = submitted(runtime)
    owner, reviewer = somebody(app, OWNER), somebody(app, REVIEWER)
    here = f"/articles/{article.id}"

    assert owner.get(f"{here}/review").status_code == 403
    for form in ("moves", "comments", "comments/x/resolve", "edits", "recompose"):
        assert owner.post(f"{here}/{form}", data={"version": "1"}).status_code == 403
    assert reviewer.get(f"{here}/review").status_code == 200
    assert reviewer.get("/articles/none/review").status_code == 404
    assert reviewer.post(f"{here}/comments/none/resolve").status_code == 404


def test_a_reviewer_takes_an_article_through_its_steps(app: FastAPI, runtime: Runtime) -> None:
    """Forward with a press; back only with a reason, and what was typed is kept."""
    article = submitted(runtime)
    reviewer, here = somebody(app, REVIEWER), f"/articles/{article.id}"

    def move(to: str, why: str = "") -> Any:  # noqa: ANN401
        return reviewer.post(f"{here}/moves", data={"to": to, "why": why, "version": "1"})

    assert move("under_review").status_code == 303
    refused = move("submitted")
    assert refused.status_code == 422
    assert "Must not be empty" in words(refused)
    jump = move("under_review", "typed already")
    assert jump.status_code == 409
    assert "typed already</textarea>" in jump.text
    assert move("nonsense").status_code == 422
    assert move("approved", "Read.").headers["location"] == f"{here}/review"
    assert runtime.articles.get(article.id).status is ArticleStatus.APPROVED
    history = words(reviewer.get(f"{here}/review"))
    assert "Under Review Approved Rev Reviewer Read." in history


def test_comments_stand_at_their_statement(app: FastAPI, runtime: Runtime) -> None:
    """Said, seen, resolved; one on the whole article stands at the end; an empty one is refused."""
    article = submitted(runtime)
    reviewer, here = somebody(app, REVIEWER), f"/articles/{article.id}"
    key = keys(runtime.articles, article)[2]

    def comment(says: str, at: str = "") -> Any:  # noqa: ANN401
        given = {"version": "1", "statement": at, "comment": says}
        return reviewer.post(f"{here}/comments", data=given)

    assert comment("Name <the> strength.", key).headers["location"].endswith(f"#s-{key}")
    assert comment("Good.").headers["location"].endswith("#whole")
    assert comment(" ").status_code == 422
    assert comment("x", "0" * 16).status_code == 404
    page = reviewer.get(f"{here}/review")
    assert "Name &lt;the&gt; strength." in page.text
    assert "2 comments not resolved." in words(page)
    (first, _) = re.findall(r"comments/([0-9a-f]+)/resolve", page.text)
    reviewer.post(f"{here}/comments/{first}/resolve")
    page = reviewer.get(f"{here}/review")
    assert "Resolved by Rev Reviewer" in words(page)
    assert "1 comment not resolved." in words(page)


def test_an_edit_that_fails_a_gate_comes_back_with_its_reason(
    app: FastAPI, runtime: Runtime
) -> None:
    """Beside the statement, in words, with what was typed; nothing is stored."""
    article = submitted(runtime)
    reviewer, here = somebody(app, REVIEWER), f"/articles/{article.id}"
    key = keys(runtime.articles, article)[4]
    typed = "Insomnia was reported in 41% of patients given zorvanex 50 mg."

    page = reviewer.post(
        f"{here}/edits",
        data={"version": "1", "statement": key, "act": "reword", "text": typed, "note": "why not"},
    )

    assert page.status_code == 422
    place = page.text[page.text.index(f'id="s-{key}"') :]
    alert = place.index('role="alert"')
    assert alert < place.index(f">{typed}</textarea>")
    assert "number, unit, range or frequency" in place[alert : alert + 300]
    assert 'value="why not"' in place
    assert len(runtime.articles.get(article.id).versions) == 1


def test_statements_are_reworded_moved_folded_and_left_out(app: FastAPI, runtime: Runtime) -> None:
    """Each edit that passes makes a version, submitted; two versions stand side by side."""
    article = approved(runtime)
    reviewer, here = somebody(app, REVIEWER), f"/articles/{article.id}"

    def edit(place: int, act: str, text: str = "") -> Any:  # noqa: ANN401
        held = runtime.articles.get(article.id)
        given = {"statement": keys(runtime.articles, held)[place], "act": act, "text": text}
        version = str(held.current.number)
        return reviewer.post(f"{here}/edits", data={**given, "version": version, "note": ""})

    def told() -> list[str]:
        held = runtime.articles.get(article.id)
        answer = json.loads(runtime.articles.answer(held.id, held.current.number))
        return [one["text"] for _, section, _, one in keyed(answer) if section == "guidelines"]

    assert edit(2, "down").headers["location"].endswith("#g-guidelines")
    assert told() == [INSTEAD, AGAINST]
    assert edit(3, "up").status_code == 303
    assert told() == [AGAINST, INSTEAD]
    assert edit(3, "fold").status_code == 303
    assert edit(3, "remove").status_code == 303
    assert told() == [AGAINST]
    shorter = "Insomnia was reported in 14% of patients given zorvanex 50 mg."
    assert edit(3, "reword", shorter).status_code == 303
    refused = edit(3, "nonsense").text
    assert refused.count('id="wrong"') == 1
    assert f'action="{here}/edits#wrong"' in refused  # where a browser without scripts goes
    held = runtime.articles.get(article.id)
    assert (held.current.number, held.status) == (6, ArticleStatus.SUBMITTED)
    compared = reviewer.get(f"{here}/review?old=1&new=6")
    assert f"<del>{INSTEAD}</del>" in compared.text
    assert "<del>mg and 5% given placebo.</del>" in re.sub(r"\s+", " ", compared.text)
    assert reviewer.get(f"{here}/review?old=9").status_code == 404


def test_an_edit_of_an_old_version_is_refused(app: FastAPI, runtime: Runtime) -> None:
    """Somebody was there first: nothing is overwritten."""
    article = submitted(runtime)
    answer = runtime.articles.answer(article.id, 1)
    turn = article.current.turn
    key = keys(runtime.articles, article)[3]
    runtime.articles.add_version(
        article.id, based_on=1, author="x", turn=turn, answer=answer, note=""
    )

    page = somebody(app, REVIEWER).post(
        f"/articles/{article.id}/edits",
        data={"version": "1", "statement": key, "act": "remove", "text": "", "note": ""},
    )

    assert page.status_code == 409
    assert "Somebody else was there first" in words(page)
    assert len(runtime.articles.get(article.id).versions) == 2


def test_an_edit_of_a_statement_that_is_gone_is_told_so(app: FastAPI, runtime: Runtime) -> None:
    """Somebody left it out first: there is no place beside it to say what is wrong."""
    article = submitted(runtime)
    reviewer, here = somebody(app, REVIEWER), f"/articles/{article.id}"
    key = keys(runtime.articles, article)[3]
    given = {"version": "1", "statement": key, "act": "remove", "text": "Shorter.", "note": ""}
    assert reviewer.post(f"{here}/edits", data=given).status_code == 303

    page = reviewer.post(f"{here}/edits", data={**given, "act": "reword"})

    assert page.status_code == 409
    assert "Somebody else was there first" in words(page)
    assert page.text.count('id="wrong"') == 1


def test_an_article_is_composed_anew(app: FastAPI, runtime: Runtime) -> None:
    """The next version, submitted, with the note; of an older version it is refused, in words."""
    article = returned(runtime)
    reviewer, here = somebody(app, REVIEWER), f"/articles/{article.id}"
    given = {"version": "1", "note": "The sources moved on."}

    made = reviewer.post(f"{here}/recompose", data=given)
    late = reviewer.post(f"{here}/recompose", data=given)

    assert (made.status_code, made.headers["location"]) == (303, f"{here}/review")
    held = runtime.articles.get(article.id)
    assert (held.current.number, held.status) == (2, ArticleStatus.SUBMITTED)
    assert (held.current.note, held.current.author) == ("The sources moved on.", REVIEWER.name)
    assert late.status_code == 409
    assert "Somebody else was there first" in words(late)
    assert "The sources moved on.</textarea>" in late.text


def test_an_article_is_deleted_after_asking(app: FastAPI, runtime: Runtime) -> None:
    """By its owner while it was never approved, then with the right to operate; by nobody else."""
    draft, public = submitted(runtime), approved(runtime)
    clients = {one.id: somebody(app, one) for one in (OWNER, READER, REVIEWER, LOCAL)}
    owner, sure = clients[OWNER.id], {"sure": "yes"}

    def statuses(article: Article) -> dict[str, int]:
        where = f"/articles/{article.id}/delete"
        return {name: one.post(where).status_code for name, one in clients.items()}

    assert statuses(draft) == {OWNER.id: 200, READER.id: 404, REVIEWER.id: 403, LOCAL.id: 200}
    assert statuses(public) == {OWNER.id: 403, READER.id: 403, REVIEWER.id: 403, LOCAL.id: 200}
    offers = "Delete this article"
    assert offers in owner.get(f"/articles/{draft.id}").text
    assert offers not in owner.get(f"/articles/{public.id}").text
    assert offers not in clients[REVIEWER.id].get(f"/articles/{draft.id}/review").text
    assert offers in clients[LOCAL.id].get(f"/articles/{public.id}/review").text
    refused = clients[REVIEWER.id].post(f"/articles/{draft.id}/delete", headers=HTML)
    assert "only its owner" in words(refused)
    asked = owner.post(f"/articles/{draft.id}/delete")
    assert "Its one version, the record of its review" in words(asked)
    gone = owner.post(f"/articles/{draft.id}/delete", data=sure)
    assert (gone.status_code, gone.headers["location"]) == (303, "/articles")
    assert owner.get(f"/articles/{draft.id}").status_code == 404
    assert owner.post(f"/articles/{public.id}/delete", data=sure).status_code == 403
    assert runtime.articles.get(public.id) == public


@pytest.mark.parametrize("version", ["", "x", "9" * 30, "²"])
def test_a_form_without_a_version_is_refused(app: FastAPI, runtime: Runtime, version: str) -> None:
    """Whoever acts must have read something."""
    article = submitted(runtime, owner=LOCAL)

    for form in ("moves", "edits", "comments", "recompose"):
        given = {"version": version, "comment": "x", "act": "remove", "to": "under_review"}
        reply = somebody(app, REVIEWER).post(f"/articles/{article.id}/{form}", data=given)
        assert reply.status_code == 422
