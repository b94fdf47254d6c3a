"""Settings -> objects. The only place that picks concrete classes; all shells share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from ingest.activating import current_id
from ingest.embedding import Embedder, default_embedder
from ingest.snapshots import Snapshot
from service.answering import Answerer
from service.article_store import Articles
from service.composing import ExtractiveComposer
from service.conversations import Conversations
from service.drugs import Vocabulary
from service.feedback import FeedbackStore
from service.gating import Thresholds
from service.keys import Keys
from service.medicines import load_medicines
from service.migrating import open_database
from service.opening import LiveIndex
from service.retraction_table import RetractionTable
from service.retractions import Retractions
from service.retrieving import HybridRetriever
from service.sessions import Sessions
from service.settings import Settings
from service.shares import Shares
from service.spelling import english_words


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the HTTP app, the command line and the evaluation share."""

    settings: Settings
    live: LiveIndex
    conversations: Conversations
    retractions: RetractionTable
    feedback: FeedbackStore
    articles: Articles
    shares: Shares
    keys: Keys
    sessions: Sessions

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of everything."""
        self.close()

    def close(self) -> None:
        """Let go of the index and the database."""
        self.live.close()
        self.conversations.close()


def bootstrap(settings: Settings, *, embedder: Embedder | None = None) -> Runtime:
    """
    Open everything the service needs, or fail with one clear error.

    *embedder* stands in for the default one. Raises IngestError or ServiceError.
    """
    current_id(settings.index_folder)  # before the seconds that the embedder takes to load
    engine = open_database(settings.database_url)
    conversations, retractions = Conversations(engine), RetractionTable(engine)
    retractions.current()  # read now, so that the first question does not wait for it
    chosen = embedder or default_embedder(threads=settings.threads)
    try:
        answerer = answering(settings, chosen, retractions.current)
        live = LiveIndex(settings.index_folder, chosen, answerer)
    except BaseException:
        conversations.close()
        raise
    return Runtime(
        settings,
        live,
        conversations,
        retractions,
        feedback=FeedbackStore(engine),
        articles=Articles(engine),
        shares=Shares(engine, days=settings.share_days),
        keys=Keys(engine),
        sessions=Sessions(engine, settings.session_hours),
    )


def answering(
    settings: Settings, embedder: Embedder, retractions: Callable[[], Retractions]
) -> Callable[[Snapshot], Answerer]:
    """Return what makes the answerer over a snapshot; *retractions* are read at every question."""
    english, medicines = english_words(), load_medicines()

    def over(snapshot: Snapshot) -> Answerer:
        retriever = HybridRetriever(snapshot, embedder, settings.passages)
        return Answerer(
            vocabulary=Vocabulary.of(
                retriever.labels(), medicines=medicines, english=english, corpus=snapshot.words()
            ),
            retriever=retriever,
            composer=ExtractiveComposer(),
            thresholds=Thresholds(similarity=settings.min_similarity),
            retractions=retractions,
            corpus_date=snapshot.manifest.corpus_date,
            embedder=str(embedder.identity),
            settings=settings.digest,
        )

    return over
