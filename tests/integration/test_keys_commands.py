"""``followup keys``, and whom ``followup serve`` is served to, as operators run them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from service.keys import PATTERN, Keys
from service.migrating import open_database
from tests.integration.test_cli import followup

CREATE = ("keys", "create", "--name", "ward 3", "--scope", "ask")


def test_a_key_is_printed_once_and_works(tmp_path: Path) -> None:
    """The key alone is on standard output; lists have its id, name and rights, not its secret."""
    made = followup(tmp_path, *CREATE, "--scope", "review", "--expires", "90d")
    secret = made.stdout.strip()
    listed = followup(tmp_path, "keys", "list")

    assert made.returncode == 0, made.stderr
    assert PATTERN.fullmatch(secret)
    assert secret not in made.stderr
    engine = open_database(f"sqlite:///{tmp_path / 'followup.sqlite'}")
    key = Keys(engine).check(secret)
    engine.dispose()
    assert key.expires
    assert round((key.expires - key.created).total_seconds() / 86400) == 90
    assert re.search(rf"{key.id}  good +ask, review +until .* never used +ward 3", listed.stdout)
    assert secret.rpartition("_")[2] not in listed.stdout


def test_a_key_is_revoked_by_its_id(tmp_path: Path) -> None:
    """A revoked key stays in the list, as revoked; an unknown id is status 1."""
    made = json.loads(followup(tmp_path, *CREATE, "--json").stdout)

    revoked = followup(tmp_path, "keys", "revoke", made["id"])
    listed = json.loads(followup(tmp_path, "keys", "list", "--json").stdout)
    unknown = followup(tmp_path, "keys", "revoke", "0" * 16)

    assert revoked.returncode == 0
    assert [each["id"] for each in listed] == [made["id"]]
    assert listed[0]["revoked"]
    assert made["key"].rpartition("_")[2] not in json.dumps(listed)
    assert (unknown.returncode, "keys list" in unknown.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--name", "x", "--scope", "everything"), "one of ask, evaluate, review, operate"),
        (("--name", "x", "--scope", "ask", "--expires", "soon"), "number of days"),
        (("--name", " ", "--scope", "ask"), "printable"),
    ],
)
def test_a_key_that_cannot_be_is_wrong_usage(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    """Status 2, one line, and no key."""
    refused = followup(tmp_path, "keys", "create", *arguments)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert says in refused.stderr


@pytest.mark.parametrize(
    ("toml", "options", "says"),
    [
        ("", (), "FOLLOWUP_AUTHENTICATION=required"),
        ('authentication = "required"', (), "FOLLOWUP_PUBLIC_HOSTS"),
        ("", ("--insecure-public",), "FOLLOWUP_PUBLIC_HOSTS"),
    ],
)
def test_a_public_address_needs_accounts_and_names(
    tmp_path: Path, toml: str, options: tuple[str, ...], says: str
) -> None:
    """Without them nothing is bound: status 2, and the line names the setting."""
    (tmp_path / "followup.toml").write_text(toml, encoding="utf-8")

    refused = followup(tmp_path, "serve", "--host", "192.0.2.1", *options)

    assert refused.returncode == 2
    assert says in refused.stderr


def test_serving_others_without_accounts_is_said_loudly(tmp_path: Path) -> None:
    """On the operator's own word it goes on, past a warning and a log line, to want an index."""
    hosts = 'public_hosts = "followup.example.org"'
    (tmp_path / "followup.toml").write_text(hosts, encoding="utf-8")

    served = followup(tmp_path, "serve", "--host", "192.0.2.1", "--insecure-public")

    assert served.returncode == 3
    assert "WARNING: 192.0.2.1:8000 has no accounts" in served.stderr
    assert '"event": "served_without_accounts"' in served.stderr
