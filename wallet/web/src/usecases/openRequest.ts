/**
 * Reads a service's request (OpenID4VP 1.0 §5) and finds which claims would answer it.
 *
 * Until everything is checked nothing is sent to the service but the fetch of the request itself; a refused request is
 * answered with nothing at all.
 */

import { randomToken } from "../keys";
import { good } from "../network";
import { type Choice, type Matches, matchQuery } from "../protocol/dcqlMatch";
import { isObject, type Json, type JsonObject, utf8Decode } from "../protocol/encoding";
import { Refusal } from "../protocol/errors";
import { withoutRegistered } from "../protocol/facts";
import { parseJws } from "../protocol/jws";
import type { Invocation } from "../protocol/link";
import type { Localised } from "../protocol/localised";
import { checkWithinRegistration } from "../protocol/overAsking";
import { questionPages } from "../protocol/publicRegister";
import { type RegistrationCertificate, verifyRegistration } from "../protocol/registration";
import { type VerifiedRequest, verifyRequest } from "../protocol/request";
import { parseSdJwt, processSdJwt, selectDisclosures } from "../protocol/sdJwt";
import type { Trust } from "../protocol/trust";
import { departmentsFor } from "../protocol/trustList";
import { peekCopy, type StoredClaim } from "../store";
import type { Wallet } from "../wallet";
import { type ClaimState, type Problem, readClaimStates } from "./claimState";
import { loadTrust, loadType } from "./loadTrust";

/** A request that may be asked, and what the citizen can answer. */
export interface OpenedRequest {
  readonly request: VerifiedRequest;
  readonly registration: RegistrationCertificate;
  /** Where everybody can read what was approved. */
  readonly register: Localised | undefined;
  readonly choices: readonly PreparedChoice[];
  /** When there is no choice: the ways to answer, and where to get the claims. */
  readonly missing: readonly MissingWay[];
}

/** One way to answer, with exactly what would be sent. */
export interface PreparedChoice {
  readonly choice: Choice;
  readonly items: readonly PreparedItem[];
}

export interface PreparedItem {
  readonly claim: StoredClaim;
  /** What the service would read. */
  readonly shown: JsonObject;
  /** What the claim holds and keeps back. */
  readonly hidden: JsonObject;
}

export type MissingWay = readonly MissingClaim[];

export interface MissingClaim {
  readonly statement: Localised;
  /** Why a claim of this type that is held can't be used; undefined when none is held. */
  readonly problem: Problem | undefined;
  readonly departments: readonly { name: Localised; url: string }[];
}

const REQUEST_TYPE = "application/oauth-authz-req+jwt";

export async function openRequest(
  wallet: Wallet,
  link: Invocation & { kind: "present" },
): Promise<OpenedRequest> {
  const trust = await loadTrust(wallet);
  const walletNonce = link.method === "post" ? randomToken() : undefined;
  const jwt = await fetchRequest(wallet, link, walletNonce);
  const request = await verifyRequest(jwt, {
    expectedClientId: link.clientId,
    fetchedFrom: link.requestUri,
    trust,
    now: wallet.now(),
    expectedWalletNonce: walletNonce,
    allowHttpLocalhost: wallet.config.allowHttpLocalhost,
  });
  const registration = await verifyRegistration(request.unverifiedRegistration, {
    anchors: trust.anchors,
    logKeys: trust.trustList.logKeys,
    now: wallet.now(),
    expectedSubject: request.signer.organisationId,
  });
  const { query } = request;
  checkWithinRegistration(query, registration);
  const states = await readClaimStates(wallet);
  const held = states.filter((one) => one.problem === undefined).map((one) => one.claim);
  const matches = matchQuery(query, held);
  return {
    request,
    registration,
    register: questionPages(registration, wallet.config.allowHttpLocalhost),
    choices: await Promise.all(matches.choices.map((choice) => prepare(wallet, choice, held))),
    missing: matches.choices.length > 0 ? [] : await describeMissing(wallet, trust, matches, states),
  };
}

// §5.10: by GET, or by POST with a nonce of ours that the answer must repeat
async function fetchRequest(
  wallet: Wallet,
  link: Invocation & { kind: "present" },
  walletNonce: string | undefined,
): Promise<string> {
  const headers = { Accept: REQUEST_TYPE };
  const form = { "Content-Type": "application/x-www-form-urlencoded", ...headers };
  const reply = await wallet.network.send(
    link.requestUri,
    walletNonce === undefined
      ? { headers }
      : {
          method: "POST",
          headers: form,
          body: new URLSearchParams({ wallet_nonce: walletNonce }).toString(),
        },
  );
  // A request that is over is no longer there.
  if ([400, 404, 409, 410].includes(reply.status))
    throw new Refusal("request_expired", "the request is gone");
  const body = good(reply);
  if (reply.type !== REQUEST_TYPE)
    throw new Refusal("message_malformed", "the request has another content type");
  return utf8Decode(body).trim();
}

// What is shown on the screen is read back from what would be sent, so that the two can't differ.
async function prepare(
  wallet: Wallet,
  choice: Choice,
  held: readonly StoredClaim[],
): Promise<PreparedChoice> {
  const items = choice.map(async (part) => {
    const claim = held.find((one) => one.id === part.claimId);
    const copy = await peekCopy(wallet.store, part.claimId);
    if (claim === undefined || copy === undefined) throw new Refusal("copies_used", "no copy is left");
    const sdJwt = parseSdJwt(copy.credential);
    const payload = parseJws(sdJwt.jwt, ["dc+sd-jwt"]).unverifiedPayload; // verified when it was kept
    const selected = selectDisclosures(sdJwt, await processSdJwt(payload, sdJwt.disclosures), part.paths);
    const shown = withoutRegistered((await processSdJwt(payload, parseSdJwt(selected).disclosures)).claims);
    return { claim, shown, hidden: without(claim.facts, shown) };
  });
  return { choice, items: await Promise.all(items) };
}

/** The members of `all` that are not in `some`, at any depth. */
function without(all: JsonObject, some: JsonObject): JsonObject {
  const members = Object.entries(all).flatMap(([name, value]) => {
    if (!Object.hasOwn(some, name)) return [[name, value] as const];
    const left = rest(value, some[name] as Json);
    return left === undefined ? [] : [[name, left] as const];
  });
  return Object.fromEntries(members);
}

function rest(value: Json, shown: Json): Json | undefined {
  if (Array.isArray(value) && Array.isArray(shown)) return value.length > shown.length ? value : undefined;
  if (!isObject(value) || !isObject(shown)) return undefined;
  const deeper = without(value, shown);
  return Object.keys(deeper).length > 0 ? deeper : undefined;
}

async function describeMissing(
  wallet: Wallet,
  trust: Trust,
  matches: Matches,
  states: readonly ClaimState[],
): Promise<MissingWay[]> {
  const describe = async (vct: string): Promise<MissingClaim> => {
    const type = await loadType(wallet, trust, vct).catch(() => undefined);
    const departments = await departmentsFor(trust.trustList, vct);
    return {
      statement: type?.name ?? { en: vct },
      problem: states.find((state) => state.claim.vct === vct)?.problem,
      departments: departments.map((one) => ({ name: one.name, url: one.url })),
    };
  };
  return await Promise.all(matches.ways.map((way) => Promise.all(way.map(describe))));
}
