/** Answers a service (OpenID4VP 1.0 §8): with the claims that the citizen chose, or with a plain no. */

import { sealFor, sha256 } from "../keys";
import { good } from "../network";
import { isPlainAddress, isSecure } from "../protocol/address";
import type { ChoicePart } from "../protocol/dcqlMatch";
import {
  type Bytes,
  base64urlEncode,
  type JsonObject,
  parseJsonObject,
  utf8Decode,
  utf8Encode,
} from "../protocol/encoding";
import { Refusal, type RefusalCode } from "../protocol/errors";
import { parseJws } from "../protocol/jws";
import type { Localised } from "../protocol/localised";
import { checkNotOver, type VerifiedRequest } from "../protocol/request";
import { addKeyBinding, parseSdJwt, processSdJwt, selectDisclosures } from "../protocol/sdJwt";
import { inTypeOrder, labelOf, type TypeAttribute } from "../protocol/typeMetadata";
import { closeRecord, type SharedRecord, type StoredCopy, takeCopies } from "../store";
import type { Wallet } from "../wallet";
import type { OpenedRequest, PreparedChoice } from "./openRequest";

/** An answer for one request, sealed and ready; sending it again sends the same bytes. */
export interface SealedAnswer {
  readonly responseUri: string;
  /** Where the service's certificate says that it is at home. */
  readonly hosts: readonly string[];
  readonly body: string;
  readonly record: SharedRecord;
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
  return await seal(request, { vp_token }, record);
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
  return { responseUri: request.responseUri, hosts: request.signer.hosts, body, record };
}

async function createRecord(
  wallet: Wallet,
  opened: OpenedRequest,
  chosen: PreparedChoice | undefined,
): Promise<SharedRecord> {
  const { registration, request } = opened;
  return {
    id: base64urlEncode(await sha256(utf8Encode(`${request.clientId} ${request.nonce}`))),
    at: wallet.now(),
    organisationId: registration.organisationId,
    organisationName: request.serviceName,
    purpose: registration.purpose,
    retention: registration.retention,
    privacyPolicy: registration.privacyPolicy,
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

// A word of a closed list: what a service writes is never shown as the wallet's own words.
const PROBLEMS = new Map<unknown, RefusalCode>([
  ["revoked", "claim_withdrawn"],
  ["suspended", "claim_suspended"],
  ["expired", "claim_over"],
  ["issuer_untrusted", "claim_distrusted"],
  ["status_unknown", "status_unavailable"],
]);

function readProblem(body: Bytes): RefusalCode {
  try {
    return PROBLEMS.get(parseJsonObject(utf8Decode(body)).claim_problem) ?? "answer_refused";
  } catch {
    return "answer_refused";
  }
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
    throw new Refusal(readProblem(reply.body), "the service took no answer");
  }
  const redirectUri = readRedirect(
    parseJsonObject(utf8Decode(good(reply))),
    wallet.config.allowHttpLocalhost,
  );
  await close(wallet, answer, "shared");
  const host = redirectUri === undefined ? "" : new URL(redirectUri).hostname;
  return { redirectUri, isAtHome: answer.hosts.includes(host) };
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
