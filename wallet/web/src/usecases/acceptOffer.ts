/**
 * Gets the claims of an offer (OpenID4VCI 1.0 §6 to §8) and keeps them: one copy for each future showing.
 *
 * `redeem` trades the code for a token, which costs a try when the transaction code is wrong; `collect` fetches the
 * claims with that token and may be repeated when the connection breaks.
 */

import { createKey, type HolderKey, randomToken } from "../keys";
import { createClient, oauthErrorOf, signerOf, unwrap } from "../oid4vci";
import { type VerifiedClaim, verifyClaim } from "../protocol/claim";
import { Refusal } from "../protocol/errors";
import { addClaims, type StoredClaim, type StoredCopy } from "../store";
import type { Wallet } from "../wallet";
import { loadType } from "./loadTrust";
import type { OfferedClaim, OpenedOffer } from "./openOffer";

/** The right to fetch, bound to a key of this phone (DPoP, RFC 9449) that lives for this offer only. */
export interface Grant {
  readonly opened: OpenedOffer;
  readonly accessToken: string;
  /** Undefined where the department gives plain bearer tokens. */
  readonly dpopKey: HolderKey | undefined;
  readonly dpopNonce: string | undefined;
  /** By configuration: what to name in the request instead (§6.2, §8.2). */
  readonly identifiers: ReadonlyMap<string, string>;
}

/** More copies than this only take up room. */
const MAX_COPIES = 20;

export async function redeem(wallet: Wallet, opened: OpenedOffer, code: string | undefined): Promise<Grant> {
  const key = await createKey();
  const client = createClient(wallet.network, [key]);
  try {
    const { accessTokenResponse: token, dpop } = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer: opened.offer,
      issuerMetadata: opened.metadata,
      dpop: { signer: signerOf(key) },
      ...(code === undefined ? {} : { txCode: code }),
    });
    const isDpop = token.token_type.toLowerCase() === "dpop"; // RFC 9449 §5
    const identifiers = readIdentifiers(token.authorization_details);
    const dpopKey = isDpop ? key : undefined;
    return { opened, accessToken: token.access_token, dpopKey, dpopNonce: dpop?.nonce, identifiers };
  } catch (cause) {
    throw tokenRefusal(cause, opened);
  }
}

function readIdentifiers(details: unknown): Map<string, string> {
  const found = new Map<string, string>();
  for (const one of Array.isArray(details) ? details : []) {
    const { credential_configuration_id: id, credential_identifiers: names } = one as Record<string, unknown>;
    if (typeof id === "string" && Array.isArray(names) && typeof names[0] === "string")
      found.set(id, names[0]);
  }
  return found;
}

// §6.3: invalid_grant stands for a wrong code and for an offer that is over. Departments of this network say which in
// error_description; elsewhere the citizen is told that it may be either.
function tokenRefusal(cause: unknown, opened: OpenedOffer): Refusal {
  const answer = oauthErrorOf(cause);
  if (answer === undefined) return unwrap(cause, new Refusal("peer_failed", "no token was given", { cause }));
  if (answer.error !== "invalid_grant")
    return new Refusal("offer_unsupported", "the token was refused", { cause });
  const left = /tries left: ([0-9]{1,2})$/.exec(answer.description)?.[1];
  if (left !== undefined) return new Refusal("code_wrong", "a wrong code", { cause, count: Number(left) });
  if (answer.description === "the offer is locked now")
    return new Refusal("code_locked", "too many wrong codes", { cause });
  const over = opened.transactionCode === undefined || answer.description.startsWith("the code is not valid");
  return new Refusal(over ? "offer_used" : "code_wrong", "a wrong code, or the offer is over", { cause });
}

/** Fetches, verifies and keeps every claim of the offer; raises without keeping anything. Returns their ids. */
export async function collect(wallet: Wallet, grant: Grant): Promise<string[]> {
  const entries = [];
  for (const offered of grant.opened.claims) entries.push(await collectOne(wallet, grant, offered));
  await addClaims(wallet.store, entries);
  return entries.map((entry) => entry.claim.id);
}

async function collectOne(wallet: Wallet, grant: Grant, offered: OfferedClaim) {
  const batch = grant.opened.metadata.credentialIssuer.batch_credential_issuance?.batch_size ?? 1;
  const keys = await Promise.all(Array.from({ length: Math.min(batch, MAX_COPIES) }, createKey));
  const credentials = await requestCredentials(wallet, grant, offered, keys);
  const verified = await verifyAll(wallet, grant, offered, keys, credentials);
  return storable(wallet, grant, offered, verified);
}

async function requestCredentials(
  wallet: Wallet,
  grant: Grant,
  offered: OfferedClaim,
  keys: readonly HolderKey[],
): Promise<string[]> {
  try {
    return await tryRequest(wallet, grant, offered, keys);
  } catch (cause) {
    // §8.3.1.2: a nonce that ran out is replaced once.
    if (oauthErrorOf(cause)?.error === "invalid_nonce") return await tryRequest(wallet, grant, offered, keys);
    throw credentialRefusal(cause);
  }
}

function credentialRefusal(cause: unknown): Refusal {
  const answer = oauthErrorOf(cause);
  if (answer?.error === "credential_request_denied")
    return new Refusal("offer_used", "the department gives no claim", { cause });
  return unwrap(cause, new Refusal("peer_failed", "no claim was given", { cause }));
}

async function tryRequest(
  wallet: Wallet,
  grant: Grant,
  { configurationId }: OfferedClaim,
  keys: readonly HolderKey[],
): Promise<string[]> {
  const { opened, dpopKey, dpopNonce } = grant;
  const client = createClient(wallet.network, dpopKey === undefined ? keys : [...keys, dpopKey]);
  const issuerMetadata = opened.metadata;
  const nonce = await freshNonce(client, opened);
  const proof = (key: HolderKey) =>
    client.createCredentialRequestJwtProof({
      issuerMetadata,
      credentialConfigurationId: configurationId,
      signer: signerOf(key),
      issuedAt: new Date(wallet.now() * 1000),
      ...(nonce === undefined ? {} : { nonce }),
    });
  const proofs = await Promise.all(keys.map(async (key) => (await proof(key)).jwt));
  const { credentialResponse } = await client.retrieveCredentials({
    issuerMetadata,
    credentialConfigurationId: configurationId,
    accessToken: grant.accessToken,
    proofs: { jwt: proofs as [string, ...string[]] },
    ...identifierInstead(grant, configurationId),
    ...(dpopKey === undefined
      ? {}
      : { dpop: { signer: signerOf(dpopKey), ...(dpopNonce ? { nonce: dpopNonce } : {}) } }),
  });
  return readCredentials(credentialResponse.credentials);
}

// §8.2: credential_identifier stands instead of credential_configuration_id where the token named one.
function identifierInstead(grant: Grant, configurationId: string) {
  const identifier = grant.identifiers.get(configurationId);
  if (identifier === undefined) return {};
  return {
    additionalRequestPayload: { credential_configuration_id: undefined, credential_identifier: identifier },
  };
}

async function freshNonce(
  client: ReturnType<typeof createClient>,
  opened: OpenedOffer,
): Promise<string | undefined> {
  if (opened.metadata.credentialIssuer.nonce_endpoint === undefined) return undefined;
  return (await client.requestNonce({ issuerMetadata: opened.metadata })).c_nonce;
}

function readCredentials(credentials: unknown): string[] {
  const list = Array.isArray(credentials) ? credentials : [];
  const found = list.map((one: unknown) =>
    typeof one === "string" ? one : (one as { credential?: unknown }).credential,
  );
  if (found.length === 0 || !found.every((one) => typeof one === "string"))
    throw new Refusal("claim_malformed", "the answer holds no claim");
  return found;
}

async function verifyAll(
  wallet: Wallet,
  grant: Grant,
  { type }: OfferedClaim,
  keys: readonly HolderKey[],
  credentials: readonly string[],
): Promise<{ credential: string; claim: VerifiedClaim }[]> {
  const { trust } = grant.opened;
  const left = [...keys];
  const verified = [];
  for (const credential of credentials) {
    const claim = await verifyClaim(credential, {
      trust,
      now: wallet.now(),
      expectedType: type.vct,
      expectedIssuer: grant.opened.issuerId,
      keys: left,
      typeMetadata: (vct, integrity) => loadType(wallet, trust, vct, integrity),
    });
    left.splice(left.indexOf(claim.key), 1); // each key comes back once
    verified.push({ credential, claim });
  }
  checkAlike(verified.map((one) => one.claim));
  return verified;
}

// Copies stand for one claim, so they say the same; else showing one would show something unseen.
function checkAlike(claims: readonly VerifiedClaim[]): void {
  const said = new Set(claims.map((one) => JSON.stringify(sorted(one.facts))));
  if (said.size !== 1) throw new Refusal("claim_malformed", "the copies do not say the same");
  checkApart(
    claims.flatMap(({ status }) => (status ? [`${status.index} ${status.uri}`] : [])),
    "a status entry",
  );
  // RFC 9901 §10.1: a batch makes its copies unlinkable only if each has salts of its own
  const shown = claims.flatMap(({ processed }) => processed.disclosures.map(({ encoded }) => encoded));
  checkApart(shown, "a disclosure");
}

function checkApart(found: readonly string[], what: string): void {
  if (new Set(found).size !== found.length)
    throw new Refusal("claim_malformed", `two copies share ${what}, which would join them`);
}

// Members in one order, since disclosures come in any.
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const given = times.filter((time) => time !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function storable(
  wallet: Wallet,
  grant: Grant,
  { type }: OfferedClaim,
  verified: readonly { credential: string; claim: VerifiedClaim }[],
): { claim: StoredClaim; copies: StoredCopy[] } {
  const first = (verified[0] as { claim: VerifiedClaim }).claim;
  const id = randomToken();
  const claim: StoredClaim = {
    id,
    vct: type.vct,
    statement: type.name,
    description: type.description,
    attributes: type.attributes,
    issuerId: first.signer.organisationId,
    issuerName: first.issuerName,
    issuerUrl: grant.opened.issuerUrl,
    facts: first.facts,
    claims: first.processed.claims,
    authorityKeyIds: first.signer.authorityKeyIds,
    issuedAt: first.issuedAt,
    expiresAt: earliest(verified.map(({ claim: copy }) => copy.expiresAt)),
    addedAt: wallet.now(),
    status: "valid",
    statusCheckedAt: wallet.now(),
  };
  const copies = verified.map(({ credential, claim: copy }) => ({
    id: randomToken(),
    claimId: id,
    credential,
    key: copy.key,
    status: copy.status,
  }));
  return { claim, copies };
}
