/**
 * Trades an offer's code for the right to fetch its claims (OpenID4VCI 1.0 §6); a wrong transaction code costs a try.
 *
 * The right is written down as soon as it is there, so that a page that is loaded again, or a phone that was off, goes on
 * with it until it expires (`collectClaims.ts`).
 */

import { createKey, type HolderKey } from "../keys";
import { createClient, oauthErrorOf, signerOf, unwrap } from "../oid4vci";
import { Refusal } from "../protocol/errors";
import { addPending, MAX_PENDING_SECONDS, type PendingOffer } from "../store";
import type { Wallet } from "../wallet";
import type { OpenedOffer } from "./openOffer";

/** The right to fetch, bound to a key of this phone (DPoP, RFC 9449) that lives for this offer only. */
export interface Grant extends Omit<PendingOffer, "dpopKey"> {
  /** Undefined where the department gives plain bearer tokens. */
  readonly dpopKey: HolderKey | undefined;
  /** Whether the store holds it: a page that is loaded again can go on with it. */
  readonly kept: boolean;
}

/** RFC 6749 §5.1: for a department that does not say how long its token lasts. */
const DEFAULT_SECONDS = 300;

export async function redeem(wallet: Wallet, opened: OpenedOffer, code: string | undefined): Promise<Grant> {
  const key = await createKey();
  const answer = await requestToken(wallet, opened, key, code);
  const token = answer.accessTokenResponse;
  const isDpop = token.token_type.toLowerCase() === "dpop"; // RFC 9449 §5
  const lifetime = Math.min(token.expires_in ?? DEFAULT_SECONDS, MAX_PENDING_SECONDS);
  return await keep(wallet, {
    id: opened.id,
    issuerId: opened.issuerId,
    issuerName: opened.issuerName,
    issuerUrl: opened.issuerUrl,
    wanted: opened.claims.map(({ configurationId, type }) => ({ configurationId, vct: type.vct })),
    accessToken: token.access_token,
    dpopKey: isDpop ? key : undefined,
    dpopNonce: answer.dpop?.nonce,
    identifiers: readIdentifiers(token.authorization_details),
    expiresAt: wallet.now() + lifetime,
    kept: false,
  });
}

async function requestToken(wallet: Wallet, opened: OpenedOffer, key: HolderKey, code: string | undefined) {
  try {
    return await createClient(wallet.network, [key]).retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer: opened.offer,
      issuerMetadata: opened.metadata,
      dpop: { signer: signerOf(key) },
      ...(code === undefined ? {} : { txCode: code }),
    });
  } catch (cause) {
    throw tokenRefusal(cause, opened);
  }
}

// The code is spent: where nothing can be kept, this page at least goes on.
async function keep(wallet: Wallet, { kept, ...grant }: Grant): Promise<Grant> {
  const { dpopKey } = grant;
  if (dpopKey === undefined) return { ...grant, kept };
  return await addPending(wallet.store, { ...grant, dpopKey }).then(
    () => ({ ...grant, kept: true }),
    () => ({ ...grant, kept }),
  );
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
