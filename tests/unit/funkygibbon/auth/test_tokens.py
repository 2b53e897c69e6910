"""Access tokens: only ours, only for this hub, only for their time."""

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from goodies_mcp.errors import Unauthorized
from goodies_mcp.funkygibbon.auth.keys import KeyRing, make_keys, rotate_keys
from goodies_mcp.funkygibbon.auth.tokens import ALGORITHM, AUDIENCE, Tokens, hash_of, new_refresh_token
from goodies_mcp.funkygibbon.core.accounts import DeviceId, HouseholdId, Principal, Role, SessionId, UserId
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds

ANN = Principal(
    HouseholdId("home"), SessionId("session"), Role.OWNER, UserId("ann"), "Ann", DeviceId("laptop"), "2026-02-01"
)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def ring(tmp_path, clock):
    return make_keys(tmp_path, clock, CountingIds())


@pytest.fixture
def tokens(ring, clock):
    return Tokens(ring, clock, CountingIds(0xF))


def changed(token, ring, head=None, **claims):
    """A token signed by us that says something else."""
    said = {**jwt.decode(token, options={"verify_signature": False}), **claims}
    said = {key: value for key, value in said.items() if value is not None}
    return jwt.encode(said, ring.keys[0].private, ALGORITHM, headers=head or {"kid": ring.keys[0].kid})


def test_a_token_is_proved_and_names_a_session(tokens):
    token = tokens.access(ANN, 900)
    claims = tokens.proved(token)
    assert (claims.household, claims.session) == ("home", "session")
    assert tokens.proved(tokens.access(ANN, 900)).token != claims.token, "each has an id of its own"
    head = jwt.get_unverified_header(token)
    assert (head["alg"], "kid" in head) == ("EdDSA", True)


def test_a_token_ends_with_its_time(tokens, clock):
    token = tokens.access(ANN, 900)
    clock.advance(seconds=899)
    tokens.proved(token)
    clock.advance(seconds=10)
    with pytest.raises(Unauthorized, match="expired"):
        tokens.proved(token)


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another"}, {"iss": "another"}, {"aud": None}, {"iss": None}, {"exp": None}, {"jti": None}, {"iat": None},
     {"hh": None}, {"sid": None}, {"exp": "soon"}, {"exp": []}],
)  # fmt: skip
def test_a_token_of_ours_that_lacks_something_is_refused(tokens, ring, claims):
    with pytest.raises(Unauthorized):
        tokens.proved(changed(tokens.access(ANN, 900), ring, **claims))


def test_a_foreign_key_proves_nothing(tokens, ring):
    token = tokens.access(ANN, 900)
    other = KeyRing(ring.issuer, (type(ring.keys[0])(ring.keys[0].kid, "", Ed25519PrivateKey.generate()),))
    for kid in (ring.keys[0].kid, "unknown", None, 7):
        head = {"kid": kid} if kid is not None else {}
        said = jwt.decode(token, options={"verify_signature": False})
        try:
            forged = jwt.encode(said, other.keys[0].private, ALGORITHM, headers=head)
        except jwt.InvalidTokenError:
            continue  # the library itself makes no such head
        with pytest.raises(Unauthorized):
            tokens.proved(forged)


def test_neither_no_algorithm_nor_the_public_key_as_a_secret_is_taken(tokens, ring):
    said = jwt.decode(tokens.access(ANN, 900), options={"verify_signature": False})
    public = ring.keys[0].private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    unsigned = f"{part({'alg': 'none', 'kid': ring.keys[0].kid})}.{part(said)}."
    symmetric = jwt.encode(said, public, "HS256", headers={"kid": ring.keys[0].kid})
    for forged in (unsigned, symmetric):
        with pytest.raises(Unauthorized):
            tokens.proved(forged)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "\ud800", "é.é.é", "x" * 100_000])
def test_noise_is_no_token(tokens, token):
    with pytest.raises(Unauthorized):
        tokens.proved(token)


def test_any_change_of_a_token_makes_it_worthless(tokens):
    head, said, sign = tokens.access(ANN, 900).split(".")
    for broken in (f"{head}.{said}.{sign[:-4]}AAAA", f"{head}.{said[:-2]}AA.{sign}", f"{head}.{said}."):
        with pytest.raises(Unauthorized):
            tokens.proved(broken)


def test_a_token_outlives_the_rotation_of_its_key(tmp_path, tokens, clock):
    token = tokens.access(ANN, 900)
    rotated = Tokens(rotate_keys(tmp_path, clock, CountingIds(0xE)), clock, CountingIds(0xD))
    assert rotated.proved(token).session == "session"
    assert jwt.get_unverified_header(rotated.access(ANN, 9))["kid"] != jwt.get_unverified_header(token)["kid"]


def test_refresh_tokens_are_random_and_kept_as_a_hash():
    one, two = new_refresh_token(), new_refresh_token()
    assert one != two
    assert len(one) > 40
    assert one not in hash_of(one)
    assert hash_of("\ud800")
    assert AUDIENCE
