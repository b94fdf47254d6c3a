"""
Every knob, read once by the shells: defaults < TOML file < ``.env`` < environment < flags.

The variables are ``FOLLOWUP_*``; the TOML file is HOME/followup.toml, or the one that
FOLLOWUP_CONFIG names. One variable, FOLLOWUP_HOME, moves everything the service writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableError

from service.accounts import RATE, check_address, read_proxies, read_roles
from service.errors import SettingsError
from service.origins import (
    PREFIX,
    Layer,
    find_unknown,
    home_of,
    origin_of,
    read_layers,
    settings_file,
)


class Settings(BaseSettings):
    """
    Frozen, every number bounded; a key that is no setting is an error wherever it stands.

    An empty value means that nothing is set. Of ``.env`` only FOLLOWUP_ keys are read: other
    programs keep theirs in the same file.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        dotenv_filtering="match_prefix",
        extra="forbid",
        frozen=True,
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
    golden: Path | None = Field(
        default=None,
        description="The one folder of golden dialogues, for corpus/golden and HOME/golden.",
    )
    pages: Path | None = Field(
        default=None,
        description="The folder of your own editorial-policy.md and about.md, where it is not "
        "HOME/pages.",
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
    share_days: int = Field(
        default=14,
        ge=0,
        le=90,
        description="Days that a link to a conversation lasts where its owner names none; 0 "
        "switches sharing off.",
    )
    log_json: bool | None = Field(
        default=None,
        description="Whether commands write their JSON log lines; where not set, they do unless "
        "standard error is a terminal. The service always does.",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Where traces are sent over OTLP/gRPC (http://HOST:4317); "
        "OTEL_EXPORTER_OTLP_ENDPOINT serves too. Where neither is set, nothing is traced.",
    )
    authentication: Literal["none", "required"] = Field(
        default="none",
        description="Whether everybody has to say who they are. none: whoever reaches the service "
        "may do everything, so it binds loopback alone.",
    )
    public_hosts: str = Field(
        default="",
        description="Host names, with commas, under which others reach the service; loopback's "
        "own are always among them.",
    )
    session_hours: float = Field(
        default=12, ge=0.01, le=720, description="How long somebody stays signed in on the page."
    )
    rate_limit: str | None = Field(
        default=None,
        description="Requests that one key, person or address may send, such as 120/minute (or "
        "second, hour, day). Where not set: 120/minute with authentication, no limit without.",
    )
    role_scopes: str = Field(
        default="",
        description="What the roles of an identity provider or a proxy may do, such as "
        "clinician=ask; editor=ask,review.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="The OpenID Connect issuer whose bearer tokens (JWT) let people in.",
    )
    oidc_audience: str | None = Field(
        default=None, description="The audience that such a token must be made for."
    )
    oidc_jwks_url: str | None = Field(
        default=None,
        description="Where the issuer's keys are, where that is not found under "
        "ISSUER/.well-known/openid-configuration.",
    )
    oidc_role_claim: str = Field(
        default="roles",
        min_length=1,
        description="The claim that lists somebody's roles; dots lead into it, as in "
        "realm_access.roles.",
    )
    proxy_user_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9-]+$",
        description="The header in which a trusted proxy names whom it has let in.",
    )
    proxy_roles_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9-]+$",
        description="The header in which it lists their roles, with commas.",
    )
    proxy_addresses: str = Field(
        default="",
        description="Addresses or networks of trusted proxies, with commas, such as 10.0.0.0/8. "
        "Their X-Forwarded-For and X-Forwarded-Proto are believed, and their identity headers "
        "where these are named.",
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

    @model_validator(mode="before")
    @classmethod
    def _empty_means_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if value != ""}

    @field_validator("role_scopes", "proxy_addresses", "rate_limit", "oidc_issuer", "oidc_jwks_url")
    @classmethod
    def _readable(cls, value: str | None, about: ValidationInfo) -> str | None:
        if about.field_name == "role_scopes":
            read_roles(value or "")
        elif about.field_name == "proxy_addresses":
            read_proxies(value or "")
        elif about.field_name == "rate_limit" and value and not RATE.fullmatch(value):
            raise ValueError("it is a number per second, minute, hour or day, such as 120/minute")
        elif about.field_name in ("oidc_issuer", "oidc_jwks_url") and value:
            check_address(value)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the TOML file, which HOME or FOLLOWUP_CONFIG leads to, below ``.env``."""
        del file_secret_settings
        stronger = (init_settings, env_settings, dotenv_settings)
        path = settings_file(home_of(settings_cls, [source() for source in stronger]))
        return (*stronger, TomlConfigSettingsSource(settings_cls, toml_file=path))

    @property
    def index_folder(self) -> Path:
        """Where snapshots live."""
        return (self.index or self.home / "index").expanduser()

    @property
    def golden_folders(self) -> tuple[Path, ...]:
        """
        The folders of golden dialogues: the checkout's, where this runs from one, and the site's.

        Raises SettingsError where one was named and is not there.
        """
        if self.golden is not None:
            if not self.golden.expanduser().is_dir():
                raise SettingsError(f"setting FOLLOWUP_GOLDEN: {self.golden} is not a folder")
            return (self.golden.expanduser(),)
        ours = Path(__file__).parents[1] / "corpus" / "golden"
        return tuple(f for f in (ours, self.home.expanduser() / "golden") if f.is_dir())

    @property
    def pages_folder(self) -> Path:
        """Where pages may lie that stand in for shipped ones: the editorial policy, about."""
        return (self.pages or self.home / "pages").expanduser()

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
    """
    Read the settings, *given* ones (flags) first.

    Raises SettingsError, naming the wrong one and the place it stands in.
    """
    flags = {name: value for name, value in given.items() if value is not None}
    layers: Sequence[Layer] = ()
    try:
        layers = read_layers(Settings, flags)
        if unknown := find_unknown(Settings, layers):
            raise SettingsError("; ".join(str(each) for each in unknown))
        return Settings(**flags)  # type: ignore[arg-type]
    except UnreadableError as error:
        raise SettingsError(f"a setting cannot be read: {error}") from error
    except ValidationError as error:
        raise SettingsError("; ".join(_said(each, layers) for each in error.errors())) from error


def _said(fault: Any, layers: Sequence[Layer]) -> str:  # noqa: ANN401 - pydantic's own shape
    name = str(fault["loc"][0]) if fault["loc"] else ""
    layer = origin_of(name, layers)
    where = f"{layer.spelled(name)} in {layer.place}" if layer else PREFIX + name.upper()
    return f"setting {where}: {fault['msg']}"
