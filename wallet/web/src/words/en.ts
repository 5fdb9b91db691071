import type { RefusalTable } from "../words";

const tryAgain = "Try again in a few minutes.";
const startAgain = "Go back to the service and start again there.";
const tellService =
  "You do not have to answer. Ask the service for another way, or tell it what you saw here.";
const newOffer = "Ask the department for a new link or code.";
const nothingKept = "Nothing was added to your wallet.";

const refusals: RefusalTable = {
  link_unreadable: {
    title: "This link does not work",
    text: "It may have been cut off when it was copied, or it is not meant for this wallet.",
    advice: "Copy the whole link again, scan the code again, or ask for a new one.",
  },
  offline: {
    title: "There is no connection",
    text: "Your phone is not online, or the other side cannot be reached.",
    advice: "Check your connection, then try again.",
  },
  timed_out: {
    title: "The answer took too long",
    text: "The other side did not answer in time.",
    advice: tryAgain,
  },
  answer_too_large: {
    title: "The answer was too large",
    text: "The other side sent far more than it should. Your wallet stopped reading.",
    advice: "Tell the service or department what you saw here.",
  },
  not_secure: {
    title: "The connection is not secure",
    text: "The link leads to an address without encryption, so others could read along.",
    advice: "Do not use this link. Ask the service or department for a correct one.",
  },
  peer_failed: {
    title: "Something went wrong on the other side",
    text: "The service or department could not complete this.",
    advice: tryAgain,
  },
  message_malformed: {
    title: "This message cannot be read",
    text: "What the other side sent does not follow the rules for wallets.",
    advice: "Tell the service or department what you saw here.",
  },
  trust_list_unavailable: {
    title: "The list of members cannot be reached",
    text: "Your wallet checks everyone against the network’s list of members. It could not fetch that list.",
    advice: "Check your connection, then try again.",
  },
  trust_list_invalid: {
    title: "The list of members cannot be trusted",
    text: "The network’s list of members is not signed as it should be, or is older than one seen before.",
    advice: tryAgain,
  },
  trust_list_expired: {
    title: "The list of members is out of date",
    text: "Your wallet only works with a current list of members.",
    advice: "Check your phone’s date and connection, then try again.",
  },
  anchor_unknown: {
    title: "Not a member of the network",
    text: "The network’s authority does not know who sent this.",
    advice: "Do not use this link. Start from the organisation’s own website, letter or phone number.",
  },
  certificate_untrusted: {
    title: "Not a member of the network",
    text: "The network’s authority does not vouch for who sent this.",
    advice: "Do not use this link. Start from the organisation’s own website, letter or phone number.",
  },
  certificate_expired: {
    title: "The sender’s certificate has run out",
    text: "It shows who the sender is, and it is not valid today.",
    advice: "Check your phone’s date. If it is right, tell the service or department.",
  },
  certificate_purpose: {
    title: "Not allowed to do this",
    text: "The sender is a member of the network, but for something else.",
    advice: tellService,
  },
  signature_wrong: {
    title: "This message may have been changed",
    text: "The signature is wrong: it was changed on the way, or someone else sent it.",
    advice: "Do not use this link. Start from the organisation’s own website, letter or phone number.",
  },
  request_unsupported: {
    title: "This request does not follow the rules",
    text: "It asks in a way that is not safe for you, so your wallet does not answer it.",
    advice: tellService,
  },
  request_changed: {
    title: "This request is not what the link promised",
    text: "The link and the request do not name the same service. Someone may be pretending to be it.",
    advice: "Do not use this link. Start from the service’s own website, letter or phone number.",
  },
  request_expired: {
    title: "This request is over",
    text: "Requests work for a few minutes only and can be answered once.",
    advice: startAgain,
  },
  request_place: {
    title: "The answer would go somewhere else",
    text: "The service’s certificate does not name the address that the request came from, or that the answer would be sent to.",
    advice: "Do not use this link. Start from the service’s own website, letter or phone number.",
  },
  service_suspended: {
    title: "This service is suspended",
    text: "The network’s authority does not let this service ask at the moment.",
    advice: "Ask the service for another way.",
  },
  registration_missing: {
    title: "Nobody approved this question",
    text: "Every service needs approval for what it asks. This request shows none.",
    advice: tellService,
  },
  registration_untrusted: {
    title: "The approval is not real",
    text: "The request shows an approval that the network’s authority did not give.",
    advice: tellService,
  },
  registration_expired: {
    title: "The approval has run out",
    text: "This service was approved to ask, but not any more.",
    advice: tellService,
  },
  registration_other: {
    title: "The approval belongs to someone else",
    text: "The service shows an approval that was given to another organisation.",
    advice: tellService,
  },
  registration_unlogged: {
    title: "The approval was not published",
    text: "The request shows an approval that is not in the network’s public log, where everybody can see who may ask what.",
    advice: tellService,
  },
  over_asking: {
    title: "This service asks for too much",
    text: "It wants to know more about you than it was approved to ask. Your wallet has refused.",
    advice: tellService,
  },
  already_answered: {
    title: "You have already answered this request",
    text: "Each request can be answered only once. What you answered stands in your history.",
    advice: startAgain,
  },
  answer_refused: {
    title: "The service did not accept the answer",
    text: "Your answer arrived, but the service did not accept it. It gave no reason that your wallet knows.",
    advice: "Go back to the service and start again there, or ask it for another way.",
  },
  refused_revoked: {
    title: "The service did not accept your claim",
    text: "It says that the department has withdrawn the claim. Your wallet looks at the department’s list when you next look at your claims.",
    advice: "Ask the department why, and what you can do if it is wrong.",
  },
  refused_suspended: {
    title: "The service did not accept your claim",
    text: "It says that the department has put the claim on hold. Your wallet looks at the department’s list when you next look at your claims.",
    advice: "Ask the department why, and when you can use it again.",
  },
  refused_expired: {
    title: "The service did not accept your claim",
    text: "It says that the claim has run out.",
    advice: "Check your phone’s date. If it is right, ask the department for a new one.",
  },
  refused_issuer: {
    title: "The service did not accept your claim",
    text: "It says that it cannot rely on this department’s claims of this kind at present.",
    advice: "Ask the department what has happened, or ask the service for another way.",
  },
  refused_status: {
    title: "The service did not accept your claim",
    text: "It could not find out whether the claim still holds.",
    advice: "Try again later, or ask the department.",
  },
  copies_used: {
    title: "This claim is used up",
    text: "For your privacy each copy of a claim is used only once, and there is none left.",
    advice: "Ask the department that gave it for a new one, then try again.",
  },
  offer_unsupported: {
    title: "Your wallet cannot use this offer",
    text: "It is made in a way that this wallet does not know.",
    advice: newOffer,
  },
  offer_used: {
    title: "This offer is over",
    text: `It was used already, or it has run out. ${nothingKept}`,
    advice: newOffer,
  },
  code_wrong: {
    title: "The code is not right",
    text: "Check the code that the department gave you and enter it again. It may also be that the offer is over.",
    advice: newOffer,
  },
  code_locked: {
    title: "This offer is locked",
    text: `The wrong code was entered too often. ${nothingKept} This protects you if somebody else has your link.`,
    advice: newOffer,
  },
  issuer_unknown: {
    title: "Not a department of the network",
    text: `The network’s authority does not know who makes this offer. ${nothingKept}`,
    advice: "Do not use this offer. Ask the department that you know for one of its own.",
  },
  issuer_other: {
    title: "This department cannot vouch for this",
    text: `Only the department in charge may give this claim, and this one is not. ${nothingKept}`,
    advice: "Tell the department what you saw here.",
  },
  claim_malformed: {
    title: "The claim is not made correctly",
    text: `Your wallet checked it and refused it. ${nothingKept}`,
    advice: "Tell the department what you saw here.",
  },
  claim_not_mine: {
    title: "The claim belongs to another wallet",
    text: `It is not bound to this phone. ${nothingKept}`,
    advice: newOffer,
  },
  claim_expired: {
    title: "The claim has run out",
    text: `It is not valid today. ${nothingKept}`,
    advice: "Check your phone’s date. If it is right, ask the department for a new one.",
  },
  claim_type_mismatch: {
    title: "The claim is not what was offered",
    text: `It does not match the network’s description of it. ${nothingKept}`,
    advice: "Tell the department what you saw here.",
  },
  status_unavailable: {
    title: "It is not known whether the claim still holds",
    text: "The department’s list could not be read.",
    advice: tryAgain,
  },
  storage_failed: {
    title: "Your browser cannot keep anything",
    text: "Your wallet needs storage on this phone. Private windows often have none, or the phone may be full.",
    advice: "Open the link in a normal window of your browser, or free some space.",
  },
  other_tab: {
    title: "Your wallet is open somewhere else",
    text: "Another tab or window of this browser has an older version of your wallet open.",
    advice: "Close the other tabs and windows of your wallet, then try again.",
  },
  framed: {
    title: "Your wallet does not open inside another page",
    text: "Another website shows your wallet as a part of itself. It could make you press what you do not mean to.",
    advice: "Close this page and open your wallet by itself.",
  },
  unexpected: {
    title: "Something went wrong",
    text: "Your wallet met a problem that it did not expect.",
    advice: "Try again. If it happens again, tell whoever gave you this wallet.",
  },
};

export const en = {
  appName: "Wallet",
  skip: "Skip to main content",
  yes: "Yes",
  no: "No",
  none: "None",
  languageSwitch: "Cymraeg",
  menu: "Menu",
  back: "Back",
  cancel: "Cancel",
  continue: "Continue",
  tryAgain: "Try again",
  toWallet: "Go to your wallet",
  problem: "There is a problem",
  demo: "Demonstration with invented people",

  home: {
    nav: "Claims",
    title: "What you can prove",
    emptyTitle: "Your wallet is empty",
    empty:
      "A department can give you a claim: a statement that you can show to others, such as “receives Personal Independence Payment”. It comes as a link or a QR code.",
    emptyHow:
      "Open the link, or scan the code here. Your claims stay on this phone and nobody sees them until you say so.",
    pendingTitle: "Not finished yet",
    pending: (name: string, time: string) =>
      `${name} accepted your code, but your claim has not arrived. You can go on until ${time}.`,
    goOn: "Go on receiving",
    scan: "Scan a QR code",
    from: "From",
    validUntil: "Valid until",
    noEnd: "No end date",
    used: "Used up",
    ended: "Ended",
    revoked: "Withdrawn",
    suspended: "On hold",
    unknown: "Not known to be valid",
    notUsable: "You cannot use it any more.",
    notNow: "You cannot use it at present.",
  },

  claim: {
    about: "What it says",
    from: "From",
    added: "Added",
    validUntil: "Valid until",
    details: "Details in it",
    detailsHint: "A service sees a detail only if it is approved to ask for it and you agree.",
    noDetails: "No details about you. Only this statement.",
    copies: "You can share it",
    times: (count: number) => (count === 1 ? "1 more time" : `${count} more times`),
    copiesHint:
      "Each time uses up one copy, so that two services cannot find out that they met the same person.",
    revoked: "The department has withdrawn this claim. Ask it why, and what you can do if it is wrong.",
    suspended: "The department has put this claim on hold. Ask it why, and when you can use the claim again.",
    unknown:
      "The department’s list does not say whether this claim still holds. Ask the department for it again.",
    ended: "This claim has run out. Ask the department for a new one.",
    used: "Every copy was used. Ask the department for a new one.",
    again: "Go to the department",
    remove: "Delete this claim",
    removeTitle: "Delete this claim?",
    removeText: "It is deleted from this phone. The department can give it to you again.",
    removeYes: "Yes, delete it",
    removeNo: "No, keep it",
    removed: "The claim was deleted.",
  },

  scan: {
    nav: "Scan",
    title: "Scan a QR code",
    why: "Your wallet uses the camera only to read the code. No picture is kept or sent.",
    open: "Open the camera",
    opening: "Opening the camera…",
    point: "Point the camera at the code. It is read by itself.",
    stop: "Stop the camera",
    preview: "Picture of the camera",
    denied: "The camera is blocked. You can allow it in your browser’s settings, or paste the link below.",
    none: "No camera was found. You can paste the link below.",
    notOurs: "This code is not meant for a wallet. Look for the code on the service’s or department’s page.",
    pasteTitle: "Or paste a link",
    pasteLabel: "Link",
    pasteHint: "It begins with https:// or with openid",
    pasteEmpty: "Paste a link first",
    pasteWrong: "This is not a link that a wallet can open. Copy the whole link.",
  },

  add: {
    reading: "Reading the offer…",
    title: "Add this to your wallet?",
    by: (name: string) => `${name} offers you:`,
    checked: "Checked: this is a department of the network",
    keeps: "It is kept on this phone only. Nobody sees it until you share it.",
    codeTitle: "Enter your code",
    codeLabel: "Code from the department",
    codeHint: (length: number | undefined) =>
      length === undefined
        ? "You got it separately, for example by text or letter."
        : `${length} characters. You got it separately, for example by text or letter.`,
    codeHintDigits: (length: number | undefined) =>
      length === undefined
        ? "You got it separately, for example by text or letter."
        : `${length} digits. You got it separately, for example by text or letter.`,
    codeEmpty: "Enter the code",
    codeLength: (length: number) => `The code has ${length} characters. Check it and enter all of them`,
    codeDigits: "The code has digits only",
    codeWrong: "The code is not right. Check it and enter it again",
    codeTries: (left: number) => (left === 1 ? "You have 1 try left." : `You have ${left} tries left.`),
    codeMaybeOver: "If it is right, the offer may be over: then ask the department for a new one.",
    accept: "Add to wallet",
    decline: "Do not add",
    working: "Getting your claim. This takes a few seconds…",
    interrupted: "Your code was accepted and nothing is lost. You do not need the code again.",
    until: (time: string) => `You can go on until ${time}, even if you close this page.`,
    beforeTitle: "You already have this",
    doneTitle: "Added to your wallet",
    done: (name: string) => `Checked and kept on this phone. ${name} does not learn where you use it.`,
    see: "See what you can prove",
  },

  present: {
    reading: "Checking who asks…",
    title: (name: string) => `${name} asks you to prove something`,
    checked: "Checked: this service is approved to ask this",
    question: "For",
    choose: "You can answer in more than one way. Choose one:",
    willSee: "They will see",
    andDetails: "with these details:",
    onlyThis: "Only this statement. No name, no date of birth, no other detail.",
    stays: "Stays hidden",
    noneHidden: "This claim holds nothing else about you.",
    valid: "until when the claim is valid and which department gave it",
    alsoTechnical: "As with every claim, they also see",
    why: "Why they ask",
    law: "The law that allows it",
    kept: "How long they keep it",
    whyEach: "Why they need each detail",
    more: "Your rights and contact",
    object: "If you object",
    privacy: "How they use your data (privacy notice)",
    contact: "Ask the service",
    complain: "Complain about how it uses your data",
    opens: "opens their website",
    caution:
      "Share only if you started this yourself: on a page that you opened, or with staff in person or on the telephone.",
    cautionRisk: "If someone sent you this without your asking, do not share: they could get your answer.",
    share: "Share",
    decline: "Do not share",
    free: "You decide. If you do not share, the service can offer you another way.",
    sending: "Sending…",
    missingTitle: (name: string) => `You have nothing to show ${name} yet`,
    heldTitle: (name: string) => `You cannot show ${name} what you hold`,
    missing: "To answer, you need this:",
    missingAny: "To answer, you need one of these:",
    missingFrom: "from",
    and: "and",
    missingHow:
      "Ask the department for it, then open this request again. Or ask the service for another way.",
    tellNo: "Tell the service that you have nothing to share",
    interrupted:
      "The connection broke. Your answer may not have arrived. You can send the same answer again safely.",
    unable:
      "The service could not take your answer just now. You can send the same answer again safely in a few minutes.",
    resend: "Send again",
    givers: "The claim is from:",
    sharedTitle: "Shared",
    shared: (name: string) => `${name} has your answer. Go back to where you started.`,
    going: (name: string) => `${name} has your answer. You are being taken back to it.`,
    elsewhere: (host: string) =>
      `The service wants you to go on at another address, ${host}. Go there only if you expected it.`,
    goOn: (name: string) => `Continue to ${name}`,
    declinedTitle: "You did not share anything",
    declined: (name: string) => `${name} was told only that you did not answer. Nothing about you was sent.`,
  },

  history: {
    nav: "History",
    title: "What you shared",
    empty: "You have not shared anything yet.",
    only: "This list is kept on this phone only.",
    shared: "Shared",
    declined: "Not shared",
    unknown: "Sent, but no reply came",
    refused: "Sent, but not accepted",
    withDetails: "with",
    why: "Why",
    kept: "They keep it",
    privacy: "Privacy notice",
  },

  register: {
    see: "See what this service was approved to ask",
    opens: "opens the network’s public register",
    learns:
      "If you open the public register, its server sees your internet address and which question you looked at, as any website does. It does not learn who you are or what you share.",
  },

  settings: {
    nav: "Settings",
    title: "Settings",
    language: "Language",
    english: "English",
    welsh: "Cymraeg (Welsh)",
    storage: "Where your claims are",
    storageText:
      "On this phone, in this browser. There is no account and no copy elsewhere. If you clear the browser’s data they are gone; the departments can give them to you again.",
    persisted: "Your browser has promised to keep them.",
    notPersisted: "Your browser may clear them when space is short.",
    ask: "Ask the browser to keep them",
    remove: "Delete everything",
    removeTitle: "Delete everything in this wallet?",
    removeText: "All claims, their keys and the history are deleted from this phone. This cannot be undone.",
    removeYes: "Yes, delete everything",
    removeNo: "No, keep everything",
    removed: "Everything was deleted.",
    network: "Network",
  },

  refusal: {
    nothingSent: "Nothing about you was sent.",
    whatToDo: "What you can do",
    reference: "Reference",
  },

  refusals,
};
