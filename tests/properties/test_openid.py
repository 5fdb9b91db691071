"""Whatever can be written can be read back the same, and nonsense is refused in an orderly way."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.dcql import (
    Candidate,
    ClaimsQuery,
    CredentialQuery,
    CredentialSetQuery,
    DcqlQuery,
    Path,
    covers,
    create_dcql_query,
    keep_only,
    match_query,
    overlaps,
    parse_dcql_query,
    resolve,
)
from protocol.encoding import json_dumps, json_loads
from protocol.errors import ProtocolError, UnsatisfiedError
from protocol.openid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    create_credential_request,
    create_credential_response,
    parse_credential_request,
    parse_credential_response,
)
from protocol.openid4vci.metadata import (
    authorization_server_metadata_url,
    credential_issuer_metadata_url,
    parse_issuer_metadata,
)
from protocol.openid4vci.offer import (
    AuthorizationCodeGrant,
    CredentialOffer,
    OfferReference,
    PreAuthorizedCodeGrant,
    TransactionCode,
    create_offer_link,
    parse_offer_link,
)
from protocol.openid4vci.token import (
    AuthorizedCredential,
    TokenRequest,
    TokenResponse,
    create_token_request,
    create_token_response,
    parse_token_request,
    parse_token_response,
)
from protocol.openid4vp.link import PresentationLink, create_presentation_link, parse_presentation_link
from protocol.trust_list.document import read_trust_list, write_trust_list
from protocol.trust_list.members import (
    ClaimType,
    Department,
    MemberStatus,
    Name,
    Service,
    TrustList,
    WalletProvider,
)

EXAMPLES = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
identifiers = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
hosts = st.from_regex(r"[a-z][a-z0-9]{0,8}\.example", fullmatch=True)
url_paths = st.from_regex(r"(/[a-zA-Z0-9._~-]{1,6}){0,3}/?", fullmatch=True)
urls = st.builds("https://{}{}".format, hosts, url_paths)

components = st.one_of(words, st.none(), st.integers(0, 9))
paths = st.lists(components, min_size=1, max_size=4).map(tuple)
values = st.lists(st.one_of(words, st.integers(-(2**53), 2**53), st.booleans()), min_size=1, max_size=3)


@st.composite
def claims_queries(draw: st.DrawFn) -> tuple[ClaimsQuery, ...]:
    chosen = draw(st.lists(paths, unique=True, max_size=4))
    wanted = [draw(st.one_of(st.none(), values.map(tuple))) for _ in chosen]
    return tuple(
        ClaimsQuery(path, id=f"a{number}", values=value)
        for number, (path, value) in enumerate(zip(chosen, wanted, strict=True))
    )


@st.composite
def queries(draw: st.DrawFn) -> DcqlQuery:
    ids = draw(st.lists(identifiers, unique=True, min_size=1, max_size=4))
    credentials = []
    for query_id in ids:
        vcts = draw(st.lists(words, unique=True, min_size=1, max_size=2))
        claims = draw(claims_queries())
        names = [claim.id or "" for claim in claims]
        groups = (
            st.lists(st.sampled_from(names), min_size=1, max_size=2).map(tuple) if names else st.nothing()
        )
        credentials.append(
            CredentialQuery(
                id=query_id,
                format="dc+sd-jwt",
                meta={"vct_values": vcts},
                vct_values=frozenset(vcts),
                multiple=draw(st.booleans()),
                require_cryptographic_holder_binding=draw(st.booleans()),
                claims=claims,
                claim_sets=tuple(draw(st.lists(groups, max_size=2))) if names else (),
            )
        )
    options = st.lists(st.sampled_from(ids), min_size=1, max_size=2).map(tuple)
    sets = st.builds(
        CredentialSetQuery, st.lists(options, min_size=1, max_size=3).map(tuple), required=st.booleans()
    )
    return DcqlQuery(tuple(credentials), tuple(draw(st.lists(sets, max_size=2))))


@EXAMPLES
@given(queries())
def test_query(query: DcqlQuery) -> None:
    assert parse_dcql_query(json_loads(json_dumps(create_dcql_query(query)))) == query


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-99, 99), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    ),
    max_leaves=12,
)
documents = st.dictionaries(st.sampled_from("abcd"), json_values, max_size=4)
short_paths = st.lists(
    st.one_of(st.sampled_from("abcd"), st.none(), st.integers(0, 3)), min_size=1, max_size=3
).map(tuple)


def found(document: dict[str, Any], path: Path) -> list[tuple[Path, Any]]:
    try:
        return resolve(document, path)
    except UnsatisfiedError:
        return []


@EXAMPLES
@given(documents, short_paths)
def test_what_a_path_selects_it_covers(document: dict[str, Any], path: Path) -> None:
    for concrete, value in found(document, path):
        assert covers(path, concrete)
        assert overlaps(path, concrete)
        assert None not in concrete
        assert resolve(document, concrete) == [(concrete, value)]


@EXAMPLES
@given(documents, short_paths, short_paths)
def test_covering_is_about_what_is_selected(document: dict[str, Any], granted: Path, asked: Path) -> None:
    if covers(granted, asked):
        within = [path for path, _ in found(document, granted)]
        for concrete, _ in found(document, asked):
            assert any(concrete[: len(one)] == one for one in within) or not within


@EXAMPLES
@given(documents, st.lists(short_paths, max_size=3))
def test_keeping_keeps_no_more_than_there_was(document: dict[str, Any], chosen: list[Path]) -> None:
    kept = keep_only(document, chosen)
    concrete = [path for path in chosen if None not in path and all(isinstance(one, str) for one in path)]
    for path in concrete:
        assert found(kept, path) == found(document, path)
    assert keep_only(kept, [(name,) for name in kept]) == kept
    assert set(kept) <= {path[0] for path in chosen}


@EXAMPLES
@given(queries(), st.lists(documents, max_size=3))
def test_matching_sends_only_what_was_asked(query: DcqlQuery, held: list[dict[str, Any]]) -> None:
    vcts = sorted({vct for one in query.credentials for vct in one.vct_values})
    candidates = [
        Candidate(f"k{number}", "dc+sd-jwt", vcts[number % len(vcts)], document)
        for number, document in enumerate(held)
    ]
    try:
        selection = match_query(query, candidates).selection()
    except UnsatisfiedError:
        return
    for match in selection:
        asked = query.credential(match.query_id)
        assert asked is not None
        assert match.candidate.vct in asked.vct_values
        for path in match.paths:
            assert any(covers(claim.path, path) for claim in asked.claims)


@EXAMPLES
@given(st.one_of(json_values, documents))
def test_reading_nonsense_raises_nothing_unexpected(value: Any) -> None:
    for read in (
        parse_dcql_query,
        parse_token_response,
        lambda one: parse_issuer_metadata(one, expected_issuer="https://a.example"),
        lambda one: parse_credential_response(one, max_credentials=2),
        parse_credential_request,
        lambda one: read_trust_list(one, digest=b""),
    ):
        try:
            read(value)
        except ProtocolError:
            continue
        raise AssertionError("nonsense was accepted")


codes = st.from_regex(r"[A-Za-z0-9_-]{1,30}", fullmatch=True)
client_ids = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=256)
tx_codes = st.builds(
    TransactionCode,
    input_mode=st.sampled_from(["numeric", "text"]),
    length=st.none() | st.integers(1, 256),
    description=st.none() | words,
)
offers = st.builds(
    CredentialOffer,
    credential_issuer=urls,
    credential_configuration_ids=st.lists(words, unique=True, min_size=1, max_size=3).map(tuple),
    pre_authorized_code=st.none()
    | st.builds(PreAuthorizedCodeGrant, codes, st.none() | tx_codes, st.none() | urls),
    authorization_code=st.none() | st.builds(AuthorizationCodeGrant, st.none() | codes, st.none() | urls),
)
endpoints = st.one_of(urls, st.sampled_from(["openid-credential-offer://", "haip-vci://", "openid4vp://"]))


@EXAMPLES
@given(endpoints, st.one_of(offers, st.builds(OfferReference, urls)))
def test_offer(endpoint: str, offer: CredentialOffer | OfferReference) -> None:
    assert parse_offer_link(create_offer_link(endpoint, offer)) == offer


@EXAMPLES
@given(endpoints, st.builds(PresentationLink, words, urls, st.sampled_from(["get", "post"])))
def test_presentation_link(endpoint: str, link: PresentationLink) -> None:
    assert parse_presentation_link(create_presentation_link(endpoint, link)) == link


@EXAMPLES
@given(st.builds(TokenRequest, codes, st.none() | words, st.none() | client_ids))
def test_token_request(request: TokenRequest) -> None:
    assert parse_token_request(list(create_token_request(request).items())) == request


@EXAMPLES
@given(
    st.builds(
        TokenResponse,
        codes,
        st.sampled_from(["DPoP", "Bearer"]),
        st.none() | st.integers(1, 2**31),
        st.none() | codes,
        st.lists(
            st.builds(AuthorizedCredential, words, st.lists(words, min_size=1, max_size=2).map(tuple)),
            max_size=2,
        ).map(tuple),
    )
)
def test_token_response(response: TokenResponse) -> None:
    assert parse_token_response(json_dumps(create_token_response(response))) == response


@EXAMPLES
@given(words, st.booleans(), st.lists(codes, max_size=3).map(tuple))
def test_credential_request(name: str, by_identifier: bool, proofs: tuple[str, ...]) -> None:
    named = {"credential_identifier" if by_identifier else "credential_configuration_id": name}
    request = CredentialRequest(proofs=proofs, **named)  # type: ignore[arg-type]
    assert parse_credential_request(json_dumps(create_credential_request(request))) == request


@EXAMPLES
@given(st.lists(codes, min_size=1, max_size=4).map(tuple), st.none() | codes)
def test_credential_response(credentials: tuple[str, ...], notification_id: str | None) -> None:
    response = CredentialResponse(credentials, notification_id)
    written = json_dumps(create_credential_response(response))
    assert parse_credential_response(written, max_credentials=4) == response


@EXAMPLES
@given(hosts, url_paths)
def test_well_known_addresses_keep_the_host_and_end_in_the_path(host: str, path: str) -> None:
    identifier = f"https://{host}{path}"
    prefix = f"https://{host}/.well-known/"
    issuer, server = credential_issuer_metadata_url(identifier), authorization_server_metadata_url(identifier)
    assert issuer == f"{prefix}openid-credential-issuer{'' if path == '/' else path}"
    assert server == f"{prefix}oauth-authorization-server{path.removesuffix('/')}"


names = st.builds(Name, words, words)
statuses = st.sampled_from(list(MemberStatus))
vcts = st.from_regex(r"urn:pdx:claim:[a-z]{1,6}:[a-z]{1,6}:[0-9]", fullmatch=True)


@st.composite
def trust_lists(draw: st.DrawFn) -> TrustList:
    ids = draw(st.lists(st.from_regex(r"PDXGB-[a-z]{1,8}", fullmatch=True), unique=True, max_size=6))
    departments, services, wallets = {}, {}, {}
    for number, one in enumerate(ids):
        name, url, status = draw(names), draw(urls), draw(statuses)
        if number % 3 == 0:
            departments[one] = Department(one, name, url, draw(st.frozensets(vcts, max_size=3)), status)
        elif number % 3 == 1:
            services[one] = Service(one, name, url, status)
        else:
            wallets[one] = WalletProvider(one, name, url, status)
    types = {vct: ClaimType(vct, draw(urls), "sha256-AAAA") for vct in draw(st.frozensets(vcts, max_size=3))}
    issued_at = draw(st.integers(0, 4_000_000_000))
    until = issued_at + draw(st.integers(1, 10_000_000))
    number = draw(st.integers(1, 2**31))
    return TrustList(number, issued_at, until, draw(names), departments, services, wallets, types)


@EXAMPLES
@given(trust_lists())
def test_trust_list(trust_list: TrustList) -> None:
    document = json_loads(json_dumps(write_trust_list(trust_list)))
    assert read_trust_list(document, digest=b"") == trust_list
