"""How an interest was found, and which mail domains belong to nobody. Leaf module, plain values only."""

from __future__ import annotations

from portal.document_kinds import N_

GROUNDS: dict[str, str] = {
    "kvk": N_("het KvK-nummer is dat van een ingevulde werkgever"),
    "employer": N_("de naam is die van een ingevulde werkgever"),
    "mail_domain": N_("het e-mailadres heeft hetzelfde domein als dat van iemand bij de aanbieder"),
}
"""Why a dossier is hidden from an official, in general words: they name no applicant."""

EMPLOYER_YEARS = 2
"""How long a former employer is an interest; the declaration asks about the same years."""

PUBLIC_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "outlook.nl", "hotmail.com", "hotmail.nl", "live.com", "live.nl",
        "msn.com", "icloud.com", "me.com", "mac.com", "yahoo.com", "yahoo.nl", "proton.me", "protonmail.com", "pm.me",
        "gmx.com", "gmx.net", "gmx.de", "gmx.nl", "web.de", "t-online.de", "aol.com", "zoho.com", "tutanota.com",
        "ziggo.nl", "kpnmail.nl", "kpnplanet.nl", "planet.nl", "hetnet.nl", "home.nl", "casema.nl", "chello.nl",
        "upcmail.nl", "xs4all.nl", "telfort.nl", "tele2.nl", "solcon.nl", "freedom.nl", "caiway.nl", "zeelandnet.nl",
        "onsmail.nl", "online.nl", "zonnet.nl", "wanadoo.nl", "quicknet.nl", "tiscali.nl", "vodafonethuis.nl",
        "telenet.be", "skynet.be", "mail.com", "mail.de", "fastmail.com", "hey.com", "yandex.com", "qq.com",
    }
)  # fmt: skip
"""Domains where anybody has an address: sharing one says nothing."""

LEGAL_WORDS = frozenset(
    {"bv", "nv", "vof", "stichting", "cooperatie", "coöperatie", "vereniging", "holding", "groep", "ua"}
)
"""Words that a name is compared without."""
