/** Everything that can go wrong, as stable codes. Pages turn a code into words; no message carries input. */

export const REFUSAL_CODES = [
  // the way here
  "link_unreadable",
  "offline",
  "timed_out",
  "answer_too_large",
  "not_secure",
  "peer_failed",
  "message_malformed",
  // the network of trust
  "trust_list_unavailable",
  "trust_list_invalid",
  "trust_list_expired",
  "anchor_unknown",
  "certificate_untrusted",
  "certificate_expired",
  "certificate_purpose",
  "signature_wrong",
  // a service's request
  "request_unsupported",
  "request_changed",
  "request_expired",
  "request_place",
  "service_suspended",
  "registration_missing",
  "registration_untrusted",
  "registration_expired",
  "registration_other",
  "registration_unlogged",
  "over_asking",
  "already_answered",
  "answer_refused",
  // what a service says of a claim
  "refused_revoked",
  "refused_suspended",
  "refused_expired",
  "refused_issuer",
  "refused_status",
  "copies_used",
  // a department's offer
  "offer_unsupported",
  "offer_used",
  "code_wrong",
  "code_locked",
  "issuer_unknown",
  "issuer_other",
  "claim_malformed",
  "claim_not_mine",
  "claim_expired",
  "claim_type_mismatch",
  "status_unavailable",
  // this phone
  "storage_failed",
  "other_tab",
  "framed",
  "unexpected",
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** The wallet refuses to go on. `message` names the broken rule for developers and never carries a value. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  /** A number that the words may show, such as the tries that are left. */
  readonly count: number | undefined;

  constructor(code: RefusalCode, message: string, options: { cause?: unknown; count?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Refusal";
    this.code = code;
    this.count = options.count;
  }
}

/** Any thrown thing as a refusal, so that pages handle one type. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal("unexpected", "unexpected failure", { cause: error });
}

const MENDABLE: readonly RefusalCode[] = [
  "offline",
  "timed_out",
  "peer_failed",
  "trust_list_unavailable",
  "trust_list_invalid",
  "trust_list_expired",
  // most often it is the phone's clock
  "certificate_expired",
  "claim_expired",
  // once there is room
  "storage_failed",
  "unexpected",
];

/** Whether another try may mend it. */
export function mayRetry(refusal: Refusal): boolean {
  return MENDABLE.includes(refusal.code);
}
