/**
 * Whether a request stays within what the service was approved to ask (ETSI TS 119 475 clause 5.2.4).
 *
 * Every claim asked for must be approved for every type that it may come from, and whatever a citizen could be made to
 * send together must be within one alternative of the approved question. Limits on `values` widen nothing, and a query
 * without claims asks for the bare claim (OpenID4VP 1.0 §6.4.1).
 */

import type { CredentialQuery, Query } from "./dcqlQuery";
import { Refusal } from "./errors";
import type { ApprovedClaim, RegistrationCertificate } from "./registration";
import type { QueryPath } from "./sdJwt";

/** What one claim of an answer would show, at most. */
interface Asked {
  readonly format: string;
  readonly type: string;
  readonly paths: readonly QueryPath[];
}

const MAX_COMBINATIONS = 4096;

/** Raises over_asking. */
export function checkWithinRegistration(query: Query, registration: RegistrationCertificate): void {
  const { approved, alternatives } = registration;
  for (const credential of query.credentials)
    for (const asked of typesOf(credential))
      if (!isWithin([asked], approved)) throw overAsking("it asks for more than was approved");
  const together = alternatives.map((positions) => approved.filter((_, at) => positions.includes(at)));
  for (const answer of answers(query))
    if (!together.some((alternative) => isWithin(answer, alternative)))
      throw overAsking("it asks together for what was approved one by one");
}

function overAsking(rule: string): Refusal {
  return new Refusal("over_asking", rule);
}

// No type, or a format that this wallet does not know, would mean anything that the citizen has.
function typesOf(credential: CredentialQuery): Asked[] {
  if (credential.types.length === 0) throw overAsking("it names no claim type");
  // Claims of every claim set count, wherever the wallet would stop.
  const paths = credential.claims.map((claim) => claim.path);
  return credential.types.map((type) => ({ format: credential.format, type, paths }));
}

function isWithin(answer: readonly Asked[], approved: readonly ApprovedClaim[]): boolean {
  return answer.every((asked) => {
    const entries = approved.filter((one) => one.format === asked.format && one.types.includes(asked.type));
    const granted = entries.flatMap((one) => one.paths);
    return entries.length > 0 && asked.paths.every((path) => granted.some((one) => covers(one, path)));
  });
}

// Part of an approved place is approved, more than it is not; null (every element) covers any one element.
function covers(granted: QueryPath, asked: QueryPath): boolean {
  return (
    granted.length <= asked.length &&
    granted.every((step, at) => step === asked[at] || (step === null && typeof asked[at] === "number"))
  );
}

/** Everything that could be sent together: an option of each set, a type for each credential. */
function answers(query: Query): Asked[][] {
  const found: Asked[][] = [];
  for (const ids of selections(query)) {
    const choices = query.credentials.filter((one) => ids.has(one.id)).map(possibleCredentials);
    for (const chosen of product(choices)) found.push(chosen.flat());
    // Of all selections together: who asks decides how many there are.
    if (found.length > MAX_COMBINATIONS) throw overAsking("it is too complicated to be checked");
  }
  return found;
}

function possibleCredentials(credential: CredentialQuery): Asked[][] {
  const types = typesOf(credential);
  return credential.multiple ? [types] : types.map((one) => [one]);
}

// Optional sets count as if answered: a citizen may be talked into it.
function selections(query: Query): Set<string>[] {
  return product(query.sets.map((set) => set.options)).map((options) => new Set(options.flat()));
}

function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>(
    (sofar, list) => {
      if (sofar.length * list.length > MAX_COMBINATIONS)
        throw overAsking("it is too complicated to be checked");
      return sofar.flatMap((head) => list.map((one) => [...head, one]));
    },
    [[]],
  );
}
