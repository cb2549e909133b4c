"""AWS profiles whose keys are temporary: assumed roles, web identities, SSO and processes, in conversions
that outlast the keys."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Place_of
from support.aws import Services, now, serving_aws, text_of, write_cache
from support.cloud import Movie, to_store, whole
from support.command import FAILED
from support.objects import Place
from support.servers import ACCESS, SECRET


@pytest.fixture
def services() -> Iterator[Services]:
    with serving_aws(ACCESS, SECRET) as ours:
        yield ours


@pytest.fixture
def place(place_of: Place_of) -> Place:
    return place_of("versity")


def settings(services: Services, place: Place, home: Path, config: str, profile: str = "lab") -> dict[str, str]:
    """The environment of a machine with this ~/.aws/config, which alone has the store's endpoint."""
    (home / ".aws").mkdir(exist_ok=True)
    text = config + f"\n[services local]\ns3 =\n  endpoint_url = {place.server.environment()['AWS_ENDPOINT_URL']}\n"
    (home / ".aws/config").write_text(text)
    return {
        "HOME": str(home),
        "AWS_PROFILE": profile,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_STS": services.url,
        "AWS_ENDPOINT_URL_SSO": services.url,
        "AWS_ENDPOINT_URL_SSO_OIDC": services.url,
    }


ROLE = """
[profile lab]
role_arn = arn:aws:iam::123456789012:role/camhd
role_session_name = ingest one
external_id = 1234
duration_seconds = 900
region = eu-west-1
services = local
source_profile = base
[profile base]
aws_access_key_id = {0}
aws_secret_access_key = {1}
"""
SSO = """
[profile lab]
sso_session = ooi
sso_account_id = 123456789012
sso_role_name = Ingest
services = local
[sso-session ooi]
sso_region = us-west-2
sso_start_url = https://ooi.awsapps.com/start
"""


def test_assumed_role(services: Services, place: Place, movie: Movie, tmp_path: Path) -> None:
    env = settings(services, place, tmp_path, ROLE.format(*services.source))
    to_store(movie.url, place.url("s"), env)
    whole(movie, place, "s")
    asked = services.issued[0]
    assert asked["RoleArn"].endswith("role/camhd") and asked["RoleSessionName"] == "ingest one"
    assert (asked["ExternalId"], asked["DurationSeconds"]) == ("1234", "900")
    services.session = "unknown"
    done, _ = to_store(movie.url, place.url("t"), env, code=FAILED)
    assert "invalid session token" in done.err, "it is sent, and this server refuses it"
    wrong = ROLE.format(services.source[0], "wrong")
    env = settings(services, place, tmp_path, wrong)
    done, line = to_store(movie.url, place.url("t"), env, code=FAILED)
    assert line["error"]["code"] == "denied"
    assert "profile lab" in done.err and "AccessDenied: not you" in done.err


def test_web_identity_of_a_profile(services: Services, place: Place, movie: Movie, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{services.web_token}\n")
    config = f"[profile lab]\nrole_arn = r\nweb_identity_token_file = {tmp_path}/token\nservices = local\n"
    to_store(movie.url, place.url("s"), settings(services, place, tmp_path, config))
    whole(movie, place, "s")


def test_role_of_a_process(services: Services, place: Place, movie: Movie, tmp_path: Path) -> None:
    """A chain: the role's source profile runs a program."""
    access, secret = services.source
    keys = json.dumps({"Version": 1, "AccessKeyId": access, "SecretAccessKey": secret})
    (tmp_path / "keys.py").write_text(f"print({keys!r})")
    config = (
        "[profile lab]\nrole_arn = r\nsource_profile = program\nservices = local\nregion = eu-west-1\n"
        f"[profile program]\ncredential_process = {sys.executable} {tmp_path}/keys.py\n"
    )
    to_store(movie.url, place.url("s"), settings(services, place, tmp_path, config))
    whole(movie, place, "s")


def test_keys_are_renewed_before_they_expire(
    services: Services, place: Place, movie: Movie, tmp_path: Path
) -> None:
    """Keys that are about to expire are renewed for each request, while the conversion goes on."""
    services.lifetime = 200
    to_store(movie.url, place.url("s"), settings(services, place, tmp_path, ROLE.format(*services.source)))
    whole(movie, place, "s")
    assert len(services.issued) > 10


def test_sso(services: Services, place: Place, movie: Movie, tmp_path: Path) -> None:
    env = settings(services, place, tmp_path, SSO)
    done, _ = to_store(movie.url, place.url("s"), env, code=FAILED)
    assert "no token is cached" in done.err and "aws sso login" in done.err
    tomorrow = text_of(now() + datetime.timedelta(days=1))
    write_cache(tmp_path, "ooi", accessToken=services.sso_token, expiresAt=tomorrow)
    to_store(movie.url, place.url("s"), env)
    whole(movie, place, "s")
    assert services.issued[0] == {"account_id": "123456789012", "role_name": "Ingest"}
    write_cache(tmp_path, "ooi", accessToken="another", expiresAt=tomorrow)
    done, _ = to_store(movie.url, place.url("t"), env, code=FAILED)
    assert "Session token not found" in done.err and "another" not in done.err


def test_sso_token_is_refreshed(services: Services, place: Place, movie: Movie, tmp_path: Path) -> None:
    """And the cache updated, as the AWS command does it."""
    env = settings(services, place, tmp_path, SSO)
    past = text_of(now() - datetime.timedelta(hours=1))
    members = {"accessToken": "old", "expiresAt": past, "region": "us-west-2", "startUrl": "kept"}
    write_cache(tmp_path, "ooi", **members)
    done, _ = to_store(movie.url, place.url("s"), env, code=FAILED)
    assert "the login has expired" in done.err
    client = {"clientId": "client", "clientSecret": "client-secret", "refreshToken": "refresh-0"}
    path = write_cache(tmp_path, "ooi", **members, **client)
    to_store(movie.url, place.url("s"), env)
    whole(movie, place, "s")
    cached = json.loads(path.read_text())
    assert cached["accessToken"] == services.sso_token == "sso-token-1"
    assert cached["refreshToken"] == "refresh-1" and cached["expiresAt"] > text_of(now())
    assert cached["startUrl"] == "kept" and cached["clientId"] == "client"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    to_store(movie.url, place.url("t"), env)
    assert services.refreshed == 1


def test_profile_without_session(services: Services, place: Place, movie: Movie, tmp_path: Path) -> None:
    """The older form, whose cache is named by the start URL."""
    config = (
        "[profile lab]\nsso_start_url = https://ooi/start\nsso_region = us-west-2\nservices = local\n"
        "sso_account_id = 1\nsso_role_name = R\n"
    )
    env = settings(services, place, tmp_path, config)
    tomorrow = text_of(now() + datetime.timedelta(days=1))
    write_cache(tmp_path, "https://ooi/start", accessToken=services.sso_token, expiresAt=tomorrow)
    to_store(movie.url, place.url("s"), env)
    whole(movie, place, "s")
