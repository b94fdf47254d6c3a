"""
Everything that can go wrong while answering; ``service.api`` maps each to a status.

* ServiceError
  x SettingsError             - a setting is unknown, out of range or unreadable    (500)
  x IndexUnavailableError     - there is no index to answer from, or none usable    (503)
  x OverloadedError           - the queue of questions is full; try again           (503)
  x NotFoundError             - no answer, passage, document or conversation by that id (404)
  x UnauthenticatedError      - nobody is signed in, and somebody must be           (401)
  x ForbiddenError            - whoever it is has not the right to this             (403)
      x ForgedFormError       - a form or request without the token of its session  (403)
  x NotOfferedError           - the request asks for what this service does not do  (400)
  x RateLimitedError          - too many requests of one key, person or address     (429)
  x IdentityProviderError     - the keys of the identity provider cannot be had     (503)
  x FeedbackError             - feedback does not fit the answer it is about        (422)
  x ArticleError              - this cannot be an article, or not so                (422)
  x ConflictError             - an article was changed meanwhile, or is not at that step (409)
  x BackupError               - a backup cannot be made or brought back             (500)
      x BackupFileError       - its file is not there, or cannot be written         (500)
  x ConversationError         - the database cannot be read or written: conversations, feedback,
                                retractions                                         (503)
      x StorageFullError      - its disk is full; nothing was stored                (503)
      x SchemaError           - its schema is not that of this version              (503)

Declining to answer is not an error: see ``service.answers.Outcome``.
"""


class ServiceError(Exception):
    """Base class; its message is safe to show to the person who asked."""


class SettingsError(ServiceError):
    """A setting is unknown, out of range or unreadable."""


class IndexUnavailableError(ServiceError):
    """There is no index to answer from, or the one there is cannot be used."""


class OverloadedError(ServiceError):
    """The queue of questions is full; asking again in a moment will work."""


class NotFoundError(ServiceError):
    """Nothing is stored under that id."""


class UnauthenticatedError(ServiceError):
    """Nobody is signed in, or what they sent to sign in with is not good."""


class ForbiddenError(ServiceError):
    """Whoever asks has not the right to do this."""


class ForgedFormError(ForbiddenError):
    """A form, or a request of the page, came without the token of the session that sent it."""


class NotOfferedError(ServiceError):
    """The request asks for what this service does not do; ``parameter`` names where."""

    def __init__(self, message: str, parameter: str = "") -> None:
        """Say what, and by which field of the request."""
        super().__init__(message)
        self.parameter = parameter


class RateLimitedError(ServiceError):
    """Too many requests; ``retry_after`` is the number of seconds until the next may come."""

    def __init__(self, message: str, retry_after: int = 60) -> None:
        """Say when to ask again."""
        super().__init__(message)
        self.retry_after = retry_after


class IdentityProviderError(ServiceError):
    """The identity provider's keys cannot be had, so no token of it can be checked."""


class FeedbackError(ServiceError):
    """Feedback does not fit the answer that it is about, or its key was used for other feedback."""


class ArticleError(ServiceError):
    """
    What was sent cannot be an article, or an edit of one.

    ``faults`` name each place that is wrong, and how.
    """

    def __init__(self, message: str, faults: tuple[tuple[str, str], ...] = ()) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.faults = faults


class ConflictError(ServiceError):
    """An article was changed by somebody else meanwhile, or is not at the step for that."""


class BackupError(ServiceError):
    """A backup of the database cannot be made, or is not one that can be brought back."""


class BackupFileError(BackupError):
    """The file that was named for a backup is not there, or cannot be written; names the reason."""


class ConversationError(ServiceError):
    """The database of conversations, feedback and retractions cannot be read or written."""


class StorageFullError(ConversationError):
    """The disk of the database is full; nothing was stored, and it works once there is room."""


class SchemaError(ConversationError):
    """The database's schema is not that of this version; the message names the command."""
