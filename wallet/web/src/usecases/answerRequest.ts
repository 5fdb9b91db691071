/** Answers a service (OpenID4VP 1.0 §8): with the claims that the citizen chose, or with a plain no. */

import { sealFor, sha256 } from "../keys";
import { good, type Reply } from "../network";
import { isPlainAddress, isSecure } from "../protocol/address";
import { readClaimProblem } from "../protocol/claimProblem";
import type { ChoicePart } from "../protocol/dcqlMatch";
import {
  base64urlEncode,
  type JsonObject,
  parseJsonObject,
  utf8Decode,
  utf8Encode,
} from "../protocol/encoding";
import { Refusal } from "../protocol/errors";
import { parseJws } from "../protocol/jws";
import type { Localised } from "../protocol/localised";
import { checkNotOver, type VerifiedRequest } from "../protocol/request";
import { addKeyBinding, parseSdJwt, processSdJwt, selectDisclosures } from "../protocol/sdJwt";
import { inTypeOrder, labelOf, type TypeAttribute } from "../protocol/typeMetadata";
import {
  closeRecord,
  doubtStatus,
  type SharedRecord,
  type StoredClaim,
  type StoredCopy,
  takeCopies,
} from "../store";
import type { Wallet } from "../wallet";
import type { OpenedRequest, PreparedChoice } from "./openRequest";

/** An answer for one request, sealed and ready; sending it again sends the same bytes. */
export interface SealedAnswer {
  readonly responseUri: string;
  /** Where the service's certificate says that it is at home. */
  readonly hosts: readonly string[];
  readonly body: string;
  readonly record: SharedRecord;
  /** What is shown; nothing in a no. */
  readonly claims: readonly StoredClaim[];
}

/** Where the service wants the citizen to go on; undefined to stay. */
export interface Outcome {
  readonly redirectUri: string | undefined;
  /** Whether that is at a host of the service's own. */
  readonly isAtHome: boolean;
}

/** Takes the copies, binds them to this request and seals them. From here on the copies are used up. */
export async function sealAnswer(
  wallet: Wallet,
  opened: OpenedRequest,
  chosen: PreparedChoice,
): Promise<SealedAnswer> {
  const { request } = opened;
  checkNotOver(request.expiresAt, wallet.now()); // while there is nothing to lose
  // Kept before it is sent: what may have left the phone stands in its history, whatever happens next.
  const record = await createRecord(wallet, opened, chosen);
  const claimIds = chosen.choice.map((part) => part.claimId);
  const copies = await takeCopies(wallet.store, claimIds, record);
  const parts = chosen.choice.map((part, at) => present(wallet, request, part, copies[at] as StoredCopy));
  const vp_token = Object.fromEntries(await Promise.all(parts)); // §8.1
  const claims = chosen.items.map(({ claim }) => claim);
  return { ...(await seal(request, { vp_token }, record)), claims };
}

/** §8.5: the citizen says no, or has nothing that answers; the service can't tell which. */
export async function sealRefusal(wallet: Wallet, opened: OpenedRequest): Promise<SealedAnswer> {
  const record = { ...(await createRecord(wallet, opened, undefined)), outcome: "declined" as const };
  await takeCopies(wallet.store, [], record);
  return await seal(opened.request, { error: "access_denied" }, record);
}

async function present(
  wallet: Wallet,
  request: VerifiedRequest,
  part: ChoicePart,
  copy: StoredCopy,
): Promise<[string, string[]]> {
  const sdJwt = parseSdJwt(copy.credential);
  const payload = parseJws(sdJwt.jwt, ["dc+sd-jwt"]).unverifiedPayload; // verified when it was kept
  const selected = selectDisclosures(sdJwt, await processSdJwt(payload, sdJwt.disclosures), part.paths);
  const binding = { key: copy.key, audience: request.clientId, nonce: request.nonce, now: wallet.now() };
  return [part.queryId, [await addKeyBinding(selected, binding)]];
}

// §8.3.1: one form field; HAIP 1.0 §5: errors are sealed like answers
async function seal(
  request: VerifiedRequest,
  payload: JsonObject,
  record: SharedRecord,
): Promise<SealedAnswer> {
  const stated = request.state === undefined ? payload : { ...payload, state: request.state };
  const response = await sealFor(request.sealing, stated);
  const body = new URLSearchParams({ response }).toString();
  return { responseUri: request.responseUri, hosts: request.signer.hosts, body, record, claims: [] };
}

async function createRecord(
  wallet: Wallet,
  opened: OpenedRequest,
  chosen: PreparedChoice | undefined,
): Promise<SharedRecord> {
  const { registration, register, request } = opened;
  return {
    id: base64urlEncode(await sha256(utf8Encode(`${request.clientId} ${request.nonce}`))),
    at: wallet.now(),
    organisationId: registration.organisationId,
    organisationName: request.serviceName,
    purpose: registration.purpose,
    retention: registration.retention,
    privacyPolicy: registration.privacyPolicy,
    register,
    outcome: "unknown",
    shared: (chosen?.items ?? []).map(({ claim, shown }) => ({
      statement: claim.statement,
      attributes: labelsOf(shown, claim.attributes),
    })),
  };
}

// Each label once: what was shown, place by place, and nothing that stood beside it.
function labelsOf(shown: JsonObject, attributes: readonly TypeAttribute[]): Localised[] {
  const labels = inTypeOrder(shown, attributes).map(({ path }) => labelOf(path, attributes));
  return [...new Map(labels.map((label) => [label.en, label])).values()];
}

/** Sends a sealed answer (§8.2); may be repeated when the connection broke. */
export async function sendAnswer(wallet: Wallet, answer: SealedAnswer): Promise<Outcome> {
  const reply = await wallet.network.send(answer.responseUri, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
    body: answer.body,
  });
  if (reply.status >= 400 && reply.status < 500) {
    await close(wallet, answer, "refused");
    throw await refusalOf(wallet, answer, reply);
  }
  const redirectUri = readRedirect(
    parseJsonObject(utf8Decode(good(reply))),
    wallet.config.allowHttpLocalhost,
  );
  await close(wallet, answer, "shared");
  const host = redirectUri === undefined ? "" : new URL(redirectUri).hostname;
  return { redirectUri, isAtHome: answer.hosts.includes(host) };
}

// A service's word marks no claim: it only makes the wallet look at the department's list when it is next looked at
// (docs/decisions/0014-when-a-wallet-looks-at-the-status.md).
async function refusalOf(wallet: Wallet, { claims }: SealedAnswer, reply: Reply): Promise<Refusal> {
  const code = claims.length === 0 ? undefined : readClaimProblem(reply.body);
  if (code === undefined) return new Refusal("answer_refused", "the service took no answer");
  for (const { id } of claims) await doubtStatus(wallet.store, id).catch(() => undefined);
  return new Refusal(code, "the service did not accept the claim");
}

// It has arrived, whatever this phone can write down: "unknown" stands there already. A no stays a no.
async function close(wallet: Wallet, { record }: SealedAnswer, outcome: "shared" | "refused"): Promise<void> {
  if (record.outcome !== "unknown") return;
  await closeRecord(wallet.store, record.id, outcome).catch(() => undefined);
}

function readRedirect(body: JsonObject, allowHttpLocalhost: boolean): string | undefined {
  const text = body.redirect_uri;
  if (typeof text !== "string" || !isPlainAddress(text) || !URL.canParse(text)) return undefined;
  // Only an address of the web: never javascript: or another app's scheme.
  return isSecure(new URL(text), allowHttpLocalhost) ? text : undefined;
}
