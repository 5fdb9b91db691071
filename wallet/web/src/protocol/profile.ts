/** The purposes that the authority certifies, one a certificate, as extended key usages (RFC 5280 §4.2.1.12). */

const ARC = "2.25.175425659894453672716734809639501858223";

export const PROFILE = {
  claimSigning: `${ARC}.1`,
  statusSigning: `${ARC}.2`,
  requestSigning: `${ARC}.3`,
  registrar: `${ARC}.4`,
  trustList: `${ARC}.5`,
} as const;

/** How a member's organizationIdentifier looks: scheme PDX, country GB, a short name. */
export const MEMBER_ID = /^PDXGB-[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
