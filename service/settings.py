"""
Every knob, read once from ``FOLLOWUP_*`` variables (and a ``.env`` file) by the shells.

One variable, FOLLOWUP_HOME, moves everything the service writes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import SettingsError


class Settings(BaseSettings):
    """Frozen; an unknown FOLLOWUP_ key in the env file is an error."""

    model_config = SettingsConfigDict(
        env_prefix="FOLLOWUP_", env_file=".env", extra="forbid", frozen=True
    )

    home: Path = Field(
        default=Path("~/.local/share/followup"),
        description="The folder that holds the index and the conversations.",
    )
    index: Path | None = Field(
        default=None, description="The index folder, where it is not HOME/index."
    )
    database: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the conversations, where it is not HOME/followup.sqlite.",
    )
    threads: int = Field(
        default=2, ge=1, le=64, description="Threads that one embedding computation uses."
    )
    passages: int = Field(
        default=12, ge=3, le=50, description="Passages retrieved per source type."
    )
    min_similarity: float = Field(
        default=0.25, ge=0, le=1, description="Cosine below which a passage is no evidence."
    )
    poll_seconds: float = Field(
        default=1.0, ge=0.05, le=3600, description="How often the service looks for a new snapshot."
    )
    queue: int = Field(
        default=64, ge=1, le=10_000, description="Questions that may wait; more are turned away."
    )
    max_question_characters: int = Field(
        default=2_000, ge=100, le=20_000, description="Longest question accepted."
    )
    contact: str = Field(
        default="",
        max_length=200,
        description="Mail address that fetching gives to the services it asks.",
    )
    dailymed_url: str = Field(
        default="https://dailymed.nlm.nih.gov/dailymed",
        description="Where drug labels are fetched from.",
    )
    dailymed_files_url: str = Field(
        default="https://dailymed-data.nlm.nih.gov/public-release-files",
        description="Where releases of drug labels lie.",
    )
    openfda_url: str = Field(
        default="https://api.fda.gov", description="Where openFDA labels are fetched from."
    )
    openfda_key: SecretStr | None = Field(
        default=None, description="API key of openFDA; OPENFDA_API_KEY serves too."
    )
    eutils_url: str = Field(
        default="https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
        description="The E-utilities that find and give PubMed records.",
    )
    ncbi_key: SecretStr | None = Field(
        default=None, description="API key of NCBI; NCBI_API_KEY serves too."
    )
    pubmed_files_url: str = Field(
        default="https://ftp.ncbi.nlm.nih.gov/pubmed",
        description="Where PubMed's baseline and update files lie.",
    )
    pmc_url: str = Field(
        default="https://pmc-oa-opendata.s3.amazonaws.com",
        description="The open-access articles of PubMed Central.",
    )

    @property
    def index_folder(self) -> Path:
        """Where snapshots live."""
        return (self.index or self.home / "index").expanduser()

    @property
    def database_url(self) -> str:
        """Where conversations live."""
        return self.database or f"sqlite:///{self.home.expanduser() / 'followup.sqlite'}"

    @property
    def digest(self) -> str:
        """A digest of the knobs that decide an answer; recorded in every one."""
        deciding = self.model_dump_json(include={"passages", "min_similarity"})
        return hashlib.sha256(deciding.encode()).hexdigest()[:12]


def read_settings(**given: object) -> Settings:
    """Read the settings, *given* ones first. Raises SettingsError, naming the wrong one."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"setting FOLLOWUP_{name}: {first['msg']}") from error
