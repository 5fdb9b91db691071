/**
 * Which claims answer a question (DCQL, OpenID4VP 1.0 §6).
 *
 * The dcql library matches; this file turns its result into the choices that a person can make, and stays with the
 * least: only required sets, one claim for each place, no attribute beyond those asked for (§6.4).
 */

import { type DcqlCredential, DcqlQuery } from "dcql";
import { base64urlEncode, type JsonObject } from "./encoding";
import { Refusal } from "./errors";
import type { AskedClaim } from "./registration";
import type { QueryPath } from "./sdJwt";

/** A claim that the citizen holds. */
export interface HeldClaim {
  readonly id: string;
  readonly vct: string;
  /** With every disclosure. */
  readonly claims: JsonObject;
  readonly authorityKeyIds: readonly Uint8Array[];
}

/** One claim for one place in the query. */
export interface ChoicePart {
  readonly queryId: string;
  readonly claimId: string;
  readonly paths: readonly QueryPath[];
}

/** Claims that together answer the question. */
export type Choice = readonly ChoicePart[];

export interface Matches {
  /** Best first; empty when nothing answers. */
  readonly choices: readonly Choice[];
  /** For each way to answer, the claim types it takes. */
  readonly ways: readonly (readonly string[])[];
}

type Query = ReturnType<typeof DcqlQuery.parse>;

const FORMAT = "dc+sd-jwt";
/** More would not help a person to choose. */
const MAX_CHOICES = 12;
const MAX_QUERIES = 64;

/** Reads `dcql_query` strictly (§6.1 to §6.3). */
export function parseQuery(json: JsonObject): Query {
  try {
    const query = DcqlQuery.parse(json as unknown as Parameters<typeof DcqlQuery.parse>[0]);
    DcqlQuery.validate(query);
    if (query.credentials.length > MAX_QUERIES) throw new Error("too many credential queries");
    return query;
  } catch (cause) {
    throw new Refusal("request_unsupported", "the question is not well formed", { cause });
  }
}

/** What the query asks for, for the check against the registration certificate. */
export function askedClaims(query: Query): AskedClaim[] {
  return query.credentials.map((one) => {
    if (one.format !== FORMAT) return { format: one.format, types: undefined, paths: undefined };
    const types = one.meta?.vct_values;
    return { format: one.format, types, paths: one.claims?.map((claim) => claim.path as QueryPath) };
  });
}

export function matchQuery(query: Query, held: readonly HeldClaim[]): Matches {
  const result = DcqlQuery.query(query, held.map(asCredential));
  const ways = waysToAnswer(query);
  const choices = ways.flatMap((way) =>
    combine(way.map((queryId) => partsFor(query, result, queryId, held))),
  );
  return {
    choices: choices.slice(0, MAX_CHOICES),
    ways: ways.map((way) => way.flatMap((queryId) => typesOf(query, queryId))),
  };
}

function asCredential(held: HeldClaim): DcqlCredential {
  return {
    credential_format: FORMAT,
    vct: held.vct,
    claims: held.claims as never,
    cryptographic_holder_binding: true,
    authority: { type: "aki", values: held.authorityKeyIds.map(base64urlEncode) as [string, ...string[]] },
  };
}

/** §6.4.2: without credential_sets all are needed; with them, one option of each required set. */
function waysToAnswer(query: Query): string[][] {
  if (query.credential_sets === undefined) return [query.credentials.map((one) => one.id)];
  const required = query.credential_sets.filter((set) => set.required);
  const combined = combine(required.map((set) => set.options));
  return combined.map((options) => [...new Set(options.flat())]);
}

function combine<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>(
    (sofar, list) => sofar.flatMap((head) => list.map((one) => [...head, one])).slice(0, 10 * MAX_CHOICES),
    [[]],
  );
}

type Result = ReturnType<typeof DcqlQuery.query>;

function partsFor(query: Query, result: Result, queryId: string, held: readonly HeldClaim[]): ChoicePart[] {
  const asked = query.credentials.find((one) => one.id === queryId);
  const match = result.credential_matches[queryId];
  if (asked === undefined || !match?.success) return [];
  return match.valid_credentials.flatMap((valid) => {
    const claim = held[valid.input_credential_index];
    // §6.4.1: the first claim set that can be answered is the one the service likes best.
    const indexes = valid.claims.valid_claim_sets[0].valid_claim_indexes ?? [];
    const paths = indexes.map((index) => pathOf(asked.claims?.[index]));
    return claim === undefined ? [] : [{ queryId, claimId: claim.id, paths }];
  });
}

function pathOf(claim: unknown): QueryPath {
  const path = (claim as { path?: QueryPath } | undefined)?.path;
  if (path === undefined) throw new Refusal("request_unsupported", "a claim query has no path");
  return path;
}

function typesOf(query: Query, queryId: string): string[] {
  const asked = query.credentials.find((one) => one.id === queryId);
  return asked?.format === FORMAT ? (asked.meta?.vct_values ?? []).slice(0, 1) : [];
}
