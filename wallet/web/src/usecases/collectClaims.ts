/**
 * Fetches the claims of an offer whose code was accepted (OpenID4VCI 1.0 §8), verifies and keeps them.
 *
 * It may be repeated while the token lasts: when the connection broke, when the page was loaded again, when the phone
 * died after the department answered and before the claims were kept. Each try makes new keys; what an answer that never
 * arrived was bound to is nowhere.
 */

import { createKey, type HolderKey, randomToken } from "../keys";
import { createClient, oauthErrorOf, signerOf, unwrap } from "../oid4vci";
import { type VerifiedClaim, verifyClaim } from "../protocol/claim";
import { asRefusal, mayRetry, Refusal } from "../protocol/errors";
import { addClaims, claimsOf, dropPending, listPending, type NewClaim, type StoredClaim } from "../store";
import type { Wallet } from "../wallet";
import type { Grant } from "./acceptOffer";
import { loadType } from "./loadTrust";
import { type OfferedClaim, type OfferSource, openSource } from "./openOffer";

/** More copies than this only take up room. */
const MAX_COPIES = 20;

/** What became of an offer that this wallet has begun to receive: the right to go on, or what came with it. */
export type Begun = { readonly grant: Grant } | { readonly claims: readonly StoredClaim[] };

/** Undefined for an offer that was never begun, whose time is over, or whose claims were deleted. */
export async function findBegun(wallet: Wallet, offerId: string): Promise<Begun | undefined> {
  const pending = (await listPending(wallet.store, wallet.now())).find((one) => one.id === offerId);
  if (pending !== undefined) return { grant: { ...pending, kept: true } };
  const claims = await claimsOf(wallet.store, offerId);
  return claims.length === 0 ? undefined : { claims };
}

/**
 * Fetches, verifies and keeps every claim of the offer, or none, and gives what is kept.
 *
 * `source` is what a page still knows of the department; a page that was loaded again finds it out anew. A refusal that
 * another try may mend leaves the right to go on; any other ends it.
 */
export async function collect(
  wallet: Wallet,
  grant: Grant,
  source?: OfferSource,
): Promise<readonly StoredClaim[]> {
  try {
    const from = source ?? (await openSource(wallet, grant));
    const entries: NewClaim[] = [];
    for (const offered of from.claims) entries.push(await collectOne(wallet, grant, from, offered));
    return await keepClaims(wallet, grant, entries);
  } catch (error) {
    if (!mayRetry(asRefusal(error))) await dropPending(wallet.store, grant.id).catch(() => undefined);
    throw error;
  }
}

// Of two pages that fetched, one keeps; the other shows what that one kept.
async function keepClaims(
  wallet: Wallet,
  grant: Grant,
  entries: readonly NewClaim[],
): Promise<readonly StoredClaim[]> {
  if (await addClaims(wallet.store, entries, grant.kept ? grant.id : undefined))
    return entries.map((one) => one.claim);
  const claims = await claimsOf(wallet.store, grant.id);
  if (claims.length === 0) throw new Refusal("offer_used", "the offer was ended on this phone");
  return claims;
}

async function collectOne(
  wallet: Wallet,
  grant: Grant,
  source: OfferSource,
  offered: OfferedClaim,
): Promise<NewClaim> {
  const batch = source.metadata.credentialIssuer.batch_credential_issuance?.batch_size ?? 1;
  const keys = await Promise.all(Array.from({ length: Math.min(batch, MAX_COPIES) }, createKey));
  const request = { wallet, grant, source, offered, keys };
  const credentials = await requestCredentials(request);
  return storable(request, await verifyAll(request, credentials));
}

/** One claim that is asked for, with the keys that its copies shall be bound to. */
interface ClaimRequest {
  readonly wallet: Wallet;
  readonly grant: Grant;
  readonly source: OfferSource;
  readonly offered: OfferedClaim;
  readonly keys: readonly HolderKey[];
}

async function requestCredentials(request: ClaimRequest): Promise<string[]> {
  try {
    return await tryRequest(request);
  } catch (cause) {
    // §8.3.1.2: a nonce that ran out is replaced once.
    if (oauthErrorOf(cause)?.error !== "invalid_nonce") throw credentialRefusal(cause);
  }
  return await tryRequest(request).catch((cause: unknown) => {
    throw credentialRefusal(cause);
  });
}

const FINAL = ["credential_request_denied", "invalid_token", "insufficient_scope"];

function credentialRefusal(cause: unknown): Refusal {
  const answer = oauthErrorOf(cause);
  // §8.3.1.2; RFC 6750 §3.1: the token ran out, or is good for nothing any more
  if (answer !== undefined && FINAL.includes(answer.error))
    return new Refusal("offer_used", "the department gives no claim", { cause });
  return unwrap(cause, new Refusal("peer_failed", "no claim was given", { cause }));
}

async function tryRequest({ wallet, grant, source, offered, keys }: ClaimRequest): Promise<string[]> {
  const { dpopKey, dpopNonce } = grant;
  const { configurationId } = offered;
  const client = createClient(wallet.network, dpopKey === undefined ? keys : [...keys, dpopKey]);
  const issuerMetadata = source.metadata;
  const nonce = await freshNonce(client, source);
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
  { metadata }: OfferSource,
): Promise<string | undefined> {
  if (metadata.credentialIssuer.nonce_endpoint === undefined) return undefined;
  return (await client.requestNonce({ issuerMetadata: metadata })).c_nonce;
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

interface VerifiedCopy {
  readonly credential: string;
  readonly claim: VerifiedClaim;
}

async function verifyAll(request: ClaimRequest, credentials: readonly string[]): Promise<VerifiedCopy[]> {
  const { wallet, source, offered } = request;
  const { trust } = source;
  const left = [...request.keys];
  const verified = [];
  for (const credential of credentials) {
    const claim = await verifyClaim(credential, {
      trust,
      now: wallet.now(),
      expectedType: offered.type.vct,
      expectedIssuer: source.issuerId,
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
  const said = new Set(claims.map((one) => JSON.stringify([sorted(one.facts), placesOf(one)])));
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

// What can be kept back in one copy can be in all: the consent is read off one, another may be sent.
function placesOf({ processed }: VerifiedClaim): string[] {
  return processed.disclosures.map((one) => JSON.stringify(one.path)).sort();
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
  { wallet, grant, source, offered }: ClaimRequest,
  verified: readonly VerifiedCopy[],
): NewClaim {
  const first = (verified[0] as VerifiedCopy).claim;
  const { type } = offered;
  const id = randomToken();
  const claim: StoredClaim = {
    id,
    offerId: grant.id,
    vct: type.vct,
    statement: type.name,
    description: type.description,
    attributes: type.attributes,
    issuerId: first.signer.organisationId,
    issuerName: first.issuerName,
    issuerUrl: source.issuerUrl,
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
