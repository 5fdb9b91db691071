/**
 * Why a service could not accept a claim. OpenID4VP 1.0 §8.2 says nothing of how a refused response is answered; services
 * of the network name what is wrong with a claim by one word of this list, beside OAuth's `error`.
 *
 * A service's text is never read: in the wallet's own page it would be believed as the wallet's.
 */

import { type Bytes, parseJsonObject, utf8Decode } from "./encoding";
import type { RefusalCode } from "./errors";

const CODES: ReadonlyMap<unknown, RefusalCode> = new Map([
  ["revoked", "refused_revoked"],
  ["suspended", "refused_suspended"],
  ["expired", "refused_expired"],
  ["issuer_untrusted", "refused_issuer"],
  ["status_unknown", "refused_status"],
]);

/** The refusal that the body of a service's answer names; undefined where it names none that is known. */
export function readClaimProblem(body: Bytes): RefusalCode | undefined {
  try {
    return CODES.get(parseJsonObject(utf8Decode(body)).claim_problem);
  } catch {
    return undefined; // no JSON: then it says nothing
  }
}
