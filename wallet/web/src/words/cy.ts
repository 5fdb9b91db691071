import type { RefusalTable, Words } from "../words";

const tryAgain = "Rhowch gynnig arall arni ymhen ychydig funudau.";
const startAgain = "Ewch yn ôl at y gwasanaeth a dechreuwch eto yno.";
const tellService =
  "Nid oes rhaid i chi ateb. Gofynnwch i’r gwasanaeth am ffordd arall, neu dywedwch wrtho beth welsoch chi yma.";
const newOffer = "Gofynnwch i’r adran am ddolen neu god newydd.";
const nothingKept = "Ni ychwanegwyd dim at eich waled.";
const ownLink =
  "Peidiwch â defnyddio’r ddolen hon. Dechreuwch o wefan, llythyr neu rif ffôn y sefydliad ei hun.";
const ownServiceLink =
  "Peidiwch â defnyddio’r ddolen hon. Dechreuwch o wefan, llythyr neu rif ffôn y gwasanaeth ei hun.";
const tellDepartment = "Dywedwch wrth yr adran beth welsoch chi yma.";
const tellEither = "Dywedwch wrth y gwasanaeth neu’r adran beth welsoch chi yma.";

const refusals: RefusalTable = {
  link_unreadable: {
    title: "Nid yw’r ddolen hon yn gweithio",
    text: "Efallai iddi gael ei thorri wrth ei chopïo, neu nid yw wedi’i bwriadu ar gyfer y waled hon.",
    advice: "Copïwch y ddolen gyfan eto, sganiwch y cod eto, neu gofynnwch am un newydd.",
  },
  offline: {
    title: "Nid oes cysylltiad",
    text: "Nid yw eich ffôn ar-lein, neu ni ellir cyrraedd yr ochr arall.",
    advice: "Gwiriwch eich cysylltiad, yna rhowch gynnig arall arni.",
  },
  timed_out: {
    title: "Cymerodd yr ateb ormod o amser",
    text: "Nid atebodd yr ochr arall mewn pryd.",
    advice: tryAgain,
  },
  answer_too_large: {
    title: "Roedd yr ateb yn rhy fawr",
    text: "Anfonodd yr ochr arall lawer mwy nag y dylai. Peidiodd eich waled â darllen.",
    advice: tellEither,
  },
  not_secure: {
    title: "Nid yw’r cysylltiad yn ddiogel",
    text: "Mae’r ddolen yn arwain at gyfeiriad heb amgryptio, felly gallai eraill ddarllen yr hyn a anfonir.",
    advice: "Peidiwch â defnyddio’r ddolen hon. Gofynnwch i’r gwasanaeth neu’r adran am un gywir.",
  },
  peer_failed: {
    title: "Aeth rhywbeth o’i le ar yr ochr arall",
    text: "Ni allai’r gwasanaeth neu’r adran gwblhau hyn.",
    advice: tryAgain,
  },
  message_malformed: {
    title: "Ni ellir darllen y neges hon",
    text: "Nid yw’r hyn a anfonodd yr ochr arall yn dilyn y rheolau ar gyfer waledi.",
    advice: tellEither,
  },
  trust_list_unavailable: {
    title: "Ni ellir cyrraedd y rhestr aelodau",
    text: "Mae eich waled yn gwirio pawb yn erbyn rhestr aelodau’r rhwydwaith. Ni allai nôl y rhestr honno.",
    advice: "Gwiriwch eich cysylltiad, yna rhowch gynnig arall arni.",
  },
  trust_list_invalid: {
    title: "Ni ellir ymddiried yn y rhestr aelodau",
    text: "Nid yw rhestr aelodau’r rhwydwaith wedi’i llofnodi fel y dylai fod, neu mae’n hŷn nag un a welwyd o’r blaen.",
    advice: tryAgain,
  },
  trust_list_expired: {
    title: "Mae’r rhestr aelodau wedi dyddio",
    text: "Dim ond gyda rhestr aelodau gyfredol y mae eich waled yn gweithio.",
    advice: "Gwiriwch ddyddiad a chysylltiad eich ffôn, yna rhowch gynnig arall arni.",
  },
  anchor_unknown: {
    title: "Nid yw’n aelod o’r rhwydwaith",
    text: "Nid yw awdurdod y rhwydwaith yn adnabod pwy anfonodd hyn.",
    advice: ownLink,
  },
  certificate_untrusted: {
    title: "Nid yw’n aelod o’r rhwydwaith",
    text: "Nid yw awdurdod y rhwydwaith yn tystio i bwy anfonodd hyn.",
    advice: ownLink,
  },
  certificate_expired: {
    title: "Mae tystysgrif yr anfonwr wedi dod i ben",
    text: "Mae’n dangos pwy yw’r anfonwr, ac nid yw’n ddilys heddiw.",
    advice: "Gwiriwch ddyddiad eich ffôn. Os yw’n gywir, dywedwch wrth y gwasanaeth neu’r adran.",
  },
  certificate_purpose: {
    title: "Ni chaiff wneud hyn",
    text: "Mae’r anfonwr yn aelod o’r rhwydwaith, ond ar gyfer rhywbeth arall.",
    advice: tellService,
  },
  signature_wrong: {
    title: "Efallai fod y neges hon wedi’i newid",
    text: "Mae’r llofnod yn anghywir: newidiwyd y neges ar y ffordd, neu rywun arall a’i hanfonodd.",
    advice: ownLink,
  },
  request_unsupported: {
    title: "Nid yw’r cais hwn yn dilyn y rheolau",
    text: "Mae’n gofyn mewn ffordd nad yw’n ddiogel i chi, felly nid yw eich waled yn ei ateb.",
    advice: tellService,
  },
  request_changed: {
    title: "Nid y cais hwn a addawodd y ddolen",
    text: "Nid yw’r ddolen a’r cais yn enwi’r un gwasanaeth. Efallai fod rhywun yn esgus bod yn wasanaeth arall.",
    advice: ownServiceLink,
  },
  request_expired: {
    title: "Mae’r cais hwn ar ben",
    text: "Dim ond am ychydig funudau y mae ceisiadau’n gweithio, a gellir eu hateb unwaith.",
    advice: startAgain,
  },
  request_place: {
    title: "Byddai’r ateb yn mynd i rywle arall",
    text: "Nid yw tystysgrif y gwasanaeth yn enwi’r cyfeiriad y daeth y cais ohono, neu y byddai’r ateb yn cael ei anfon ato.",
    advice: ownServiceLink,
  },
  service_suspended: {
    title: "Mae’r gwasanaeth hwn wedi’i atal",
    text: "Nid yw awdurdod y rhwydwaith yn gadael i’r gwasanaeth hwn ofyn ar hyn o bryd.",
    advice: "Gofynnwch i’r gwasanaeth am ffordd arall.",
  },
  registration_missing: {
    title: "Ni chymeradwyodd neb y cwestiwn hwn",
    text: "Mae angen cymeradwyaeth ar bob gwasanaeth ar gyfer yr hyn y mae’n ei ofyn. Nid oes un yn y cais hwn.",
    advice: tellService,
  },
  registration_untrusted: {
    title: "Nid yw’r gymeradwyaeth yn un go iawn",
    text: "Mae’r cais yn dangos cymeradwyaeth na roddodd awdurdod y rhwydwaith.",
    advice: tellService,
  },
  registration_expired: {
    title: "Mae’r gymeradwyaeth wedi dod i ben",
    text: "Cafodd y gwasanaeth hwn ei gymeradwyo i ofyn, ond nid yw hynny’n wir mwyach.",
    advice: tellService,
  },
  registration_other: {
    title: "Mae’r gymeradwyaeth yn perthyn i rywun arall",
    text: "Mae’r gwasanaeth yn dangos cymeradwyaeth a roddwyd i sefydliad arall.",
    advice: tellService,
  },
  registration_unlogged: {
    title: "Ni chyhoeddwyd y gymeradwyaeth",
    text: "Mae’r cais yn dangos cymeradwyaeth nad yw yng nghofnod cyhoeddus y rhwydwaith, lle gall pawb weld pwy sy’n cael gofyn beth.",
    advice: tellService,
  },
  over_asking: {
    title: "Mae’r gwasanaeth hwn yn gofyn gormod",
    text: "Mae am wybod mwy amdanoch nag y cafodd ei gymeradwyo i’w ofyn. Mae eich waled wedi gwrthod.",
    advice: tellService,
  },
  already_answered: {
    title: "Rydych eisoes wedi ateb y cais hwn",
    text: "Dim ond unwaith y gellir ateb pob cais. Mae’r hyn a atebwyd gennych yn eich hanes.",
    advice: startAgain,
  },
  answer_refused: {
    title: "Ni dderbyniodd y gwasanaeth yr ateb",
    text: "Cyrhaeddodd eich ateb, ond ni dderbyniodd y gwasanaeth ef. Ni roddodd reswm y mae eich waled yn ei adnabod.",
    advice: "Ewch yn ôl at y gwasanaeth a dechreuwch eto yno, neu gofynnwch iddo am ffordd arall.",
  },
  refused_revoked: {
    title: "Ni dderbyniodd y gwasanaeth eich datganiad",
    text: "Mae’n dweud bod yr adran wedi tynnu’r datganiad yn ôl. Bydd eich waled yn edrych ar restr yr adran pan fyddwch yn edrych ar eich datganiadau nesaf.",
    advice: "Gofynnwch i’r adran pam, a beth allwch chi ei wneud os yw’n anghywir.",
  },
  refused_suspended: {
    title: "Ni dderbyniodd y gwasanaeth eich datganiad",
    text: "Mae’n dweud bod yr adran wedi atal y datganiad dros dro. Bydd eich waled yn edrych ar restr yr adran pan fyddwch yn edrych ar eich datganiadau nesaf.",
    advice: "Gofynnwch i’r adran pam, a phryd y gallwch ei ddefnyddio eto.",
  },
  refused_expired: {
    title: "Ni dderbyniodd y gwasanaeth eich datganiad",
    text: "Mae’n dweud bod y datganiad wedi dod i ben.",
    advice: "Gwiriwch ddyddiad eich ffôn. Os yw’n gywir, gofynnwch i’r adran am un newydd.",
  },
  refused_issuer: {
    title: "Ni dderbyniodd y gwasanaeth eich datganiad",
    text: "Mae’n dweud na all ddibynnu ar ddatganiadau o’r math hwn gan yr adran hon ar hyn o bryd.",
    advice: "Gofynnwch i’r adran beth sydd wedi digwydd, neu gofynnwch i’r gwasanaeth am ffordd arall.",
  },
  refused_status: {
    title: "Ni dderbyniodd y gwasanaeth eich datganiad",
    text: "Ni allai ganfod a yw’r datganiad yn dal yn ddilys.",
    advice: "Rhowch gynnig arall arni’n nes ymlaen, neu gofynnwch i’r adran.",
  },
  copies_used: {
    title: "Mae’r datganiad hwn wedi’i ddefnyddio’n llwyr",
    text: "Er mwyn eich preifatrwydd, dim ond unwaith y defnyddir pob copi o ddatganiad, ac nid oes un ar ôl.",
    advice: "Gofynnwch i’r adran a’i rhoddodd am un newydd, yna rhowch gynnig arall arni.",
  },
  offer_unsupported: {
    title: "Ni all eich waled ddefnyddio’r cynnig hwn",
    text: "Mae wedi’i wneud mewn ffordd nad yw’r waled hon yn ei hadnabod.",
    advice: newOffer,
  },
  offer_used: {
    title: "Mae’r cynnig hwn ar ben",
    text: `Cafodd ei ddefnyddio’n barod, neu mae wedi dod i ben. ${nothingKept}`,
    advice: newOffer,
  },
  code_wrong: {
    title: "Nid yw’r cod yn gywir",
    text: "Gwiriwch y cod a roddodd yr adran i chi a rhowch ef eto. Efallai hefyd fod y cynnig ar ben.",
    advice: newOffer,
  },
  code_locked: {
    title: "Mae’r cynnig hwn wedi’i gloi",
    text: `Rhoddwyd y cod anghywir yn rhy aml. ${nothingKept} Mae hyn yn eich diogelu os oes gan rywun arall eich dolen.`,
    advice: newOffer,
  },
  issuer_unknown: {
    title: "Nid yw’n adran o’r rhwydwaith",
    text: `Nid yw awdurdod y rhwydwaith yn adnabod pwy sy’n gwneud y cynnig hwn. ${nothingKept}`,
    advice: "Peidiwch â defnyddio’r cynnig hwn. Gofynnwch i’r adran rydych yn ei hadnabod am un ganddi hi.",
  },
  issuer_other: {
    title: "Ni all yr adran hon dystio i hyn",
    text: `Dim ond yr adran sy’n gyfrifol a gaiff roi’r datganiad hwn, ac nid hon yw honno. ${nothingKept}`,
    advice: tellDepartment,
  },
  claim_malformed: {
    title: "Nid yw’r datganiad wedi’i wneud yn gywir",
    text: `Gwiriodd eich waled ef a’i wrthod. ${nothingKept}`,
    advice: tellDepartment,
  },
  claim_not_mine: {
    title: "Mae’r datganiad yn perthyn i waled arall",
    text: `Nid yw wedi’i rwymo i’r ffôn hwn. ${nothingKept}`,
    advice: newOffer,
  },
  claim_expired: {
    title: "Mae’r datganiad wedi dod i ben",
    text: `Nid yw’n ddilys heddiw. ${nothingKept}`,
    advice: "Gwiriwch ddyddiad eich ffôn. Os yw’n gywir, gofynnwch i’r adran am un newydd.",
  },
  claim_type_mismatch: {
    title: "Nid y datganiad hwn a gynigiwyd",
    text: `Nid yw’n cyfateb i ddisgrifiad y rhwydwaith ohono. ${nothingKept}`,
    advice: tellDepartment,
  },
  status_unavailable: {
    title: "Nid yw’n hysbys a yw’r datganiad yn dal i sefyll",
    text: "Ni ellid darllen rhestr yr adran.",
    advice: tryAgain,
  },
  storage_failed: {
    title: "Ni all eich porwr gadw dim",
    text: "Mae angen lle storio ar y ffôn hwn ar eich waled. Yn aml nid oes dim mewn ffenestri preifat, neu efallai fod y ffôn yn llawn.",
    advice: "Agorwch y ddolen mewn ffenestr arferol o’ch porwr, neu rhyddhewch le.",
  },
  other_tab: {
    title: "Mae eich waled ar agor yn rhywle arall",
    text: "Mae fersiwn hŷn o’ch waled ar agor mewn tab neu ffenestr arall o’r porwr hwn.",
    advice: "Caewch dabiau a ffenestri eraill eich waled, yna rhowch gynnig arall arni.",
  },
  framed: {
    title: "Nid yw eich waled yn agor y tu mewn i dudalen arall",
    text: "Mae gwefan arall yn dangos eich waled fel rhan ohoni’i hun. Gallai wneud i chi bwyso’r hyn nad ydych yn ei fwriadu.",
    advice: "Caewch y dudalen hon ac agorwch eich waled ar ei phen ei hun.",
  },
  unexpected: {
    title: "Aeth rhywbeth o’i le",
    text: "Cafodd eich waled broblem nad oedd yn ei disgwyl.",
    advice:
      "Rhowch gynnig arall arni. Os bydd yn digwydd eto, dywedwch wrth bwy bynnag a roddodd y waled hon i chi.",
  },
};

export const cy: Words = {
  appName: "Waled",
  skip: "Neidio i’r prif gynnwys",
  yes: "Ydy",
  no: "Nac ydy",
  none: "Dim",
  languageSwitch: "English",
  menu: "Dewislen",
  back: "Yn ôl",
  cancel: "Canslo",
  continue: "Parhau",
  tryAgain: "Rhoi cynnig arall arni",
  toWallet: "Mynd i’ch waled",
  problem: "Mae problem",
  demo: "Arddangosiad gyda phobl ddychmygol",

  home: {
    nav: "Datganiadau",
    title: "Yr hyn y gallwch ei brofi",
    emptyTitle: "Mae eich waled yn wag",
    empty:
      "Gall adran roi datganiad i chi y gallwch ei ddangos i eraill, fel “yn cael Taliad Annibyniaeth Personol”. Daw fel dolen neu god QR.",
    emptyHow:
      "Agorwch y ddolen, neu sganiwch y cod yma. Mae eich datganiadau yn aros ar y ffôn hwn ac nid oes neb yn eu gweld nes i chi ddweud.",
    pendingTitle: "Heb orffen eto",
    pending: (name: string, time: string) =>
      `Derbyniodd yr adran (${name}) eich cod, ond nid yw eich datganiad wedi cyrraedd. Gallwch fynd ymlaen tan ${time}.`,
    goOn: "Parhau i dderbyn",
    scan: "Sganio cod QR",
    from: "Gan:",
    validUntil: "Yn ddilys tan",
    noEnd: "Dim dyddiad gorffen",
    used: "Wedi’i ddefnyddio’n llwyr",
    ended: "Wedi dod i ben",
    revoked: "Wedi’i dynnu’n ôl",
    suspended: "Wedi’i atal dros dro",
    unknown: "Nid yw’n hysbys a yw’n ddilys",
    notUsable: "Ni allwch ei ddefnyddio mwyach.",
    notNow: "Ni allwch ei ddefnyddio ar hyn o bryd.",
  },

  claim: {
    about: "Yr hyn y mae’n ei ddweud",
    from: "Gan",
    added: "Ychwanegwyd",
    validUntil: "Yn ddilys tan",
    details: "Manylion ynddo",
    detailsHint:
      "Dim ond os yw gwasanaeth wedi’i gymeradwyo i ofyn am fanylyn, a chithau’n cytuno, y bydd yn ei weld.",
    noDetails: "Dim manylion amdanoch. Dim ond y datganiad hwn.",
    copies: "Gallwch ei rannu",
    times: (count: number) =>
      count === 2 ? "2 waith eto" : count === 1 ? "1 waith eto" : `${count} gwaith eto`,
    copiesHint:
      "Mae pob tro’n defnyddio un copi, fel na all dau wasanaeth ddarganfod iddynt gwrdd â’r un person.",
    revoked:
      "Mae’r adran wedi tynnu’r datganiad hwn yn ôl. Gofynnwch iddi pam, a beth allwch chi ei wneud os yw’n anghywir.",
    suspended:
      "Mae’r adran wedi atal y datganiad hwn dros dro. Gofynnwch iddi pam, a phryd y gallwch ei ddefnyddio eto.",
    unknown:
      "Nid yw rhestr yr adran yn dweud a yw’r datganiad hwn yn dal yn ddilys. Gofynnwch i’r adran amdano eto.",
    ended: "Mae’r datganiad hwn wedi dod i ben. Gofynnwch i’r adran am un newydd.",
    used: "Defnyddiwyd pob copi. Gofynnwch i’r adran am un newydd.",
    again: "Mynd at yr adran",
    remove: "Dileu’r datganiad hwn",
    removeTitle: "Dileu’r datganiad hwn?",
    removeText: "Caiff ei ddileu o’r ffôn hwn. Gall yr adran ei roi i chi eto.",
    removeYes: "Ie, dileu",
    removeNo: "Na, cadw",
    removed: "Dilëwyd y datganiad.",
  },

  scan: {
    nav: "Sganio",
    title: "Sganio cod QR",
    why: "Dim ond i ddarllen y cod y mae eich waled yn defnyddio’r camera. Ni chaiff unrhyw lun ei gadw na’i anfon.",
    open: "Agor y camera",
    opening: "Wrthi’n agor y camera…",
    point: "Pwyntiwch y camera at y cod. Caiff ei ddarllen ar ei ben ei hun.",
    stop: "Stopio’r camera",
    preview: "Llun y camera",
    denied:
      "Mae’r camera wedi’i rwystro. Gallwch ei ganiatáu yng ngosodiadau eich porwr, neu ludo’r ddolen isod.",
    none: "Ni ddaethpwyd o hyd i gamera. Gallwch ludo’r ddolen isod.",
    notOurs: "Nid yw’r cod hwn ar gyfer waled. Chwiliwch am y cod ar dudalen y gwasanaeth neu’r adran.",
    pasteTitle: "Neu ludo dolen",
    pasteLabel: "Dolen",
    pasteHint: "Mae’n dechrau â https:// neu ag openid",
    pasteEmpty: "Gludwch ddolen yn gyntaf",
    pasteWrong: "Nid yw hon yn ddolen y gall waled ei hagor. Copïwch y ddolen gyfan.",
  },

  add: {
    reading: "Wrthi’n darllen y cynnig…",
    title: "Ychwanegu hyn at eich waled?",
    by: (name: string) => `Yr adran sy’n cynnig hyn i chi: ${name}`,
    checked: "Wedi’i wirio: mae hon yn adran o’r rhwydwaith",
    keeps: "Dim ond ar y ffôn hwn y caiff ei gadw. Nid oes neb yn ei weld nes i chi ei rannu.",
    codeTitle: "Rhowch eich cod",
    codeLabel: "Cod gan yr adran",
    codeHint: (length: number | undefined) =>
      length === undefined
        ? "Fe’i cawsoch ar wahân, er enghraifft drwy neges destun neu lythyr."
        : `${length} nod. Fe’i cawsoch ar wahân, er enghraifft drwy neges destun neu lythyr.`,
    codeHintDigits: (length: number | undefined) =>
      length === undefined
        ? "Fe’i cawsoch ar wahân, er enghraifft drwy neges destun neu lythyr."
        : `${length} digid. Fe’i cawsoch ar wahân, er enghraifft drwy neges destun neu lythyr.`,
    codeEmpty: "Rhowch y cod",
    codeLength: (length: number) => `Mae ${length} nod yn y cod. Gwiriwch ef a rhowch bob un`,
    codeDigits: "Digidau’n unig sydd yn y cod",
    codeWrong: "Nid yw’r cod yn gywir. Gwiriwch ef a rhowch ef eto",
    codeTries: (left: number) =>
      left === 1
        ? "Gallwch roi cynnig arni 1 waith eto."
        : left === 2
          ? "Gallwch roi cynnig arni 2 waith eto."
          : `Gallwch roi cynnig arni ${left} gwaith eto.`,
    codeMaybeOver: "Os yw’n gywir, efallai fod y cynnig ar ben: gofynnwch wedyn i’r adran am un newydd.",
    accept: "Ychwanegu at y waled",
    decline: "Peidio ag ychwanegu",
    working: "Wrthi’n nôl eich datganiad. Bydd hyn yn cymryd ychydig eiliadau…",
    interrupted: "Derbyniwyd eich cod ac nid oes dim wedi’i golli. Nid oes angen y cod arnoch eto.",
    until: (time: string) => `Gallwch fynd ymlaen tan ${time}, hyd yn oed os caewch y dudalen hon.`,
    beforeTitle: "Mae hwn gennych yn barod",
    doneTitle: "Wedi’i ychwanegu at eich waled",
    done: (name: string) =>
      `Wedi’i wirio a’i gadw ar y ffôn hwn. Nid yw’r adran (${name}) yn cael gwybod ble rydych yn ei ddefnyddio.`,
    see: "Gweld yr hyn y gallwch ei brofi",
  },

  present: {
    reading: "Wrthi’n gwirio pwy sy’n gofyn…",
    title: (name: string) => `Mae’r gwasanaeth hwn yn gofyn i chi brofi rhywbeth: ${name}`,
    checked: "Wedi’i wirio: mae’r gwasanaeth hwn wedi’i gymeradwyo i ofyn hyn",
    question: "Ar gyfer",
    choose: "Gallwch ateb mewn mwy nag un ffordd. Dewiswch un:",
    willSee: "Byddant yn gweld",
    andDetails: "gyda’r manylion hyn:",
    onlyThis: "Dim ond y datganiad hwn. Dim enw, dim dyddiad geni, dim manylyn arall.",
    stays: "Yn aros ynghudd",
    noneHidden: "Nid oes dim byd arall amdanoch yn y datganiad hwn.",
    valid: "tan pryd y mae’r datganiad yn ddilys a pha adran a’i rhoddodd",
    alsoTechnical: "Fel gyda phob datganiad, byddant hefyd yn gweld",
    why: "Pam y maent yn gofyn",
    law: "Y gyfraith sy’n ei ganiatáu",
    kept: "Am faint y maent yn ei gadw",
    whyEach: "Pam y mae angen pob manylyn arnynt",
    more: "Eich hawliau a chysylltu",
    object: "Os ydych yn gwrthwynebu",
    privacy: "Sut y maent yn defnyddio eich data (hysbysiad preifatrwydd)",
    contact: "Gofyn i’r gwasanaeth",
    complain: "Cwyno am sut y mae’n defnyddio eich data",
    opens: "yn agor eu gwefan",
    caution:
      "Rhannwch dim ond os chi a ddechreuodd hyn: ar dudalen a agoroch eich hun, neu gyda staff wyneb yn wyneb neu ar y ffôn.",
    cautionRisk: "Os anfonodd rhywun hwn atoch heb i chi ofyn, peidiwch â rhannu: gallent gael eich ateb.",
    share: "Rhannu",
    decline: "Peidio â rhannu",
    free: "Chi sy’n penderfynu. Os na rannwch, gall y gwasanaeth gynnig ffordd arall i chi.",
    sending: "Wrthi’n anfon…",
    missingTitle: (name: string) => `Nid oes gennych ddim i’w ddangos i’r gwasanaeth hwn eto: ${name}`,
    heldTitle: (name: string) => `Ni allwch ddangos yr hyn sydd gennych i’r gwasanaeth hwn: ${name}`,
    missing: "I ateb, mae angen hyn arnoch:",
    missingAny: "I ateb, mae angen un o’r rhain arnoch:",
    missingFrom: "gan:",
    and: "a hefyd",
    missingHow:
      "Gofynnwch i’r adran amdano, yna agorwch y cais hwn eto. Neu gofynnwch i’r gwasanaeth am ffordd arall.",
    tellNo: "Dweud wrth y gwasanaeth nad oes gennych ddim i’w rannu",
    interrupted:
      "Torrodd y cysylltiad. Efallai na chyrhaeddodd eich ateb. Gallwch anfon yr un ateb eto’n ddiogel.",
    unable:
      "Ni allai’r gwasanaeth gymryd eich ateb ar hyn o bryd. Gallwch anfon yr un ateb eto’n ddiogel ymhen ychydig funudau.",
    resend: "Anfon eto",
    givers: "Daw’r datganiad gan:",
    sharedTitle: "Wedi’i rannu",
    shared: (name: string) =>
      `Mae’r gwasanaeth (${name}) wedi cael eich ateb. Ewch yn ôl i’r lle y dechreuoch.`,
    going: (name: string) =>
      `Mae’r gwasanaeth (${name}) wedi cael eich ateb. Rydych yn cael eich tywys yn ôl yno.`,
    elsewhere: (host: string) =>
      `Mae’r gwasanaeth am i chi fynd ymlaen mewn cyfeiriad arall, ${host}. Ewch yno dim ond os oeddech yn ei ddisgwyl.`,
    goOn: (name: string) => `Parhau: ${name}`,
    declinedTitle: "Ni wnaethoch rannu dim",
    declined: (name: string) =>
      `Yr unig beth a gafodd y gwasanaeth (${name}) wybod yw na wnaethoch ateb. Ni anfonwyd dim amdanoch.`,
  },

  history: {
    nav: "Hanes",
    title: "Yr hyn a rannwyd gennych",
    empty: "Nid ydych wedi rhannu dim eto.",
    only: "Dim ond ar y ffôn hwn y cedwir y rhestr hon.",
    shared: "Wedi’i rannu",
    declined: "Heb ei rannu",
    unknown: "Anfonwyd, ond ni ddaeth ateb",
    refused: "Anfonwyd, ond nis derbyniwyd",
    withDetails: "gyda",
    why: "Pam",
    kept: "Maent yn ei gadw",
    privacy: "Hysbysiad preifatrwydd",
  },

  register: {
    see: "Gweld beth y cymeradwywyd i’r gwasanaeth hwn ei ofyn",
    opens: "yn agor cofrestr gyhoeddus y rhwydwaith",
    learns:
      "Os agorwch y gofrestr gyhoeddus, mae ei gweinydd yn gweld eich cyfeiriad rhyngrwyd a pha gwestiwn y buoch yn edrych arno, fel unrhyw wefan. Nid yw’n dysgu pwy ydych chi na’r hyn yr ydych yn ei rannu.",
  },

  settings: {
    nav: "Gosodiadau",
    title: "Gosodiadau",
    language: "Iaith",
    english: "English (Saesneg)",
    welsh: "Cymraeg",
    storage: "Ble mae eich datganiadau",
    storageText:
      "Ar y ffôn hwn, yn y porwr hwn. Nid oes cyfrif na chopi yn unman arall. Os cliriwch ddata’r porwr, byddant wedi mynd; gall yr adrannau eu rhoi i chi eto.",
    persisted: "Mae eich porwr wedi addo eu cadw.",
    notPersisted: "Gall eich porwr eu clirio pan fydd lle’n brin.",
    ask: "Gofyn i’r porwr eu cadw",
    remove: "Dileu popeth",
    removeTitle: "Dileu popeth yn y waled hon?",
    removeText: "Caiff pob datganiad, eu hallweddi a’r hanes eu dileu o’r ffôn hwn. Ni ellir dadwneud hyn.",
    removeYes: "Ie, dileu popeth",
    removeNo: "Na, cadw popeth",
    removed: "Dilëwyd popeth.",
    network: "Rhwydwaith",
  },

  refusal: {
    nothingSent: "Ni anfonwyd dim amdanoch.",
    whatToDo: "Beth allwch chi ei wneud",
    reference: "Cyfeirnod",
  },

  refusals,
};
