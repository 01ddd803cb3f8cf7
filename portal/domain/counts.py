"""Client counts of one agreement: a table of product, municipality, month and number. Never who the clients are."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from portal.domain import audit, calendar, following
from portal.domain.permissions import require_official, require_provider
from portal.errors import Invalid, Refused
from portal.models import Agreement, ClientCount, CountDelivery, IndicatorFigure, User
from portal.terms import N_

MAX_BYTES, MAX_LINES, MOST_CLIENTS = 1_000_000, 5_000, 99_999
COLUMNS = ("product", "gemeente", "maand", "clienten")
SHOWN_ERRORS = 20

_NAMES = {
    "productcode": "product", "gemeentecode": "gemeente", "periode": "maand", "cliënten": "clienten",
    "aantal": "clienten", "product_code": "product", "municipality": "gemeente", "municipality_code": "gemeente",
    "period": "maand", "clients": "clienten",
}  # fmt: skip
_PERSONAL = re.compile(r"bsn|burgerservice|sofi|naam|geboorte|client_?nummer|cliëntnummer|adres|postcode")

Spot = tuple[str, str, str]
"""Product id, municipality id, month ('2026-03')."""


class Count(NamedTuple):
    """One number, with the line of the file it came from."""

    spot: Spot
    clients: int
    line: int = 0


class Places(NamedTuple):
    """What an agreement holds: ids by product code and by municipality code, and which pairs of ids go together."""

    products: Mapping[str, str]
    municipalities: Mapping[str, str]
    pairs: frozenset[tuple[str, str]]


def places(agreement: Agreement) -> Places:
    """The codes that a table of this agreement may name."""
    return Places(
        {one.product.code: one.product_id for one in agreement.lines},
        {one.municipality.code: one.municipality_id for one in agreement.lines},
        frozenset((one.product_id, one.municipality_id) for one in agreement.lines),
    )


def month_of(day: date) -> str:
    return f"{day.year}-{day.month:02d}"


def _first_day(month: str) -> date | None:
    return date.fromisoformat(f"{month}-01") if re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month) else None


def read(data: bytes, agreement: Agreement, now: datetime) -> list[Count]:
    """The counts of a CSV file. Raises `Invalid` with every mistake by line ('line-3'); then nothing is taken."""
    if len(data) > MAX_BYTES:
        raise Invalid({"file": N_("Dit bestand is te groot. Een bestand mag 1 MB zijn.")})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid({"file": N_("Bewaar het bestand als ‘CSV UTF-8’ en stuur het opnieuw.")}) from None
    if following.has_personal_number(text):
        raise Invalid({"file": N_("In dit bestand lijkt een burgerservicenummer te staan. Wij hebben niets bewaard.")})
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip(" ;,\t")]
    if len(lines) < 2:
        raise Invalid({"file": N_("In dit bestand staan geen aantallen.")})
    if len(lines) > MAX_LINES:
        raise Invalid({"file": N_("Dit bestand heeft te veel regels. Stuur per keer hoogstens 5.000 regels.")})
    delimiter = ";" if ";" in lines[0][1] else ","
    rows = [(number, next(csv.reader(io.StringIO(line), delimiter=delimiter))) for number, line in lines]
    order = _columns(rows[0][1])
    return _counts([(number, [cell.strip() for cell in row]) for number, row in rows[1:]], order, agreement, now)


def _columns(header: Sequence[str]) -> list[str]:
    names = [_NAMES.get(one.strip().lower(), one.strip().lower()) for one in header]
    for one in names:
        if one not in COLUMNS and _PERSONAL.search(one):
            raise Invalid(
                {"line-1": f"Regel 1: de kolom ‘{one}’ gaat over personen. Haal die weg; wij hebben niets bewaard."}
            )
    if sorted(names) != sorted(COLUMNS):
        wanted = ", ".join(COLUMNS)
        raise Invalid({"line-1": f"Regel 1: de kolommen moeten precies deze zijn: {wanted}."})
    return names


def _counts(
    rows: Iterable[tuple[int, list[str]]], order: Sequence[str], agreement: Agreement, now: datetime
) -> list[Count]:
    known, today = places(agreement), following.today(now)
    found: dict[Spot, Count] = {}
    problems: dict[str, str] = {}
    for number, cells in rows:
        fields = dict(zip(order, cells, strict=False))
        text = _wrong(fields, len(cells), known, agreement, today)
        if text is None:
            spot = _spot(fields, known)
            if spot in found:
                text = f"dit product, deze gemeente en deze maand staan ook op regel {found[spot].line}."
            else:
                found[spot] = Count(spot, int(fields["clienten"]), number)
        if text is not None:
            problems[f"line-{number}"] = f"Regel {number}: {text}"
        if len(problems) >= SHOWN_ERRORS:
            break
    if problems:
        raise Invalid(problems)
    return list(found.values())


def _spot(fields: Mapping[str, str], known: Places) -> Spot:
    return known.products[fields["product"]], known.municipalities[fields["gemeente"].zfill(4)], fields["maand"]


def _wrong(fields: Mapping[str, str], width: int, known: Places, agreement: Agreement, today: date) -> str | None:
    """What is wrong with one line, None when it is right."""
    if width != len(COLUMNS):
        return f"hier staan {width} waarden; het moeten er {len(COLUMNS)} zijn."
    product, municipality = fields["product"], fields["gemeente"].zfill(4)
    if product not in known.products:
        return f"product ‘{product}’ staat niet in deze overeenkomst."
    if municipality not in known.municipalities:
        return f"gemeente ‘{municipality}’ staat niet in deze overeenkomst. Gebruik de code van het CBS."
    if (known.products[product], known.municipalities[municipality]) not in known.pairs:
        return f"product ‘{product}’ geldt in deze overeenkomst niet in gemeente ‘{municipality}’."
    first = _first_day(fields["maand"])
    if first is None:
        return f"‘{fields['maand']}’ is geen maand. Schrijf jaar en maand als 2026-03."
    if first < agreement.starts_on.replace(day=1):
        return "deze maand ligt vóór het begin van de overeenkomst."
    if calendar.add_months(first, 1) > today:
        return "deze maand is nog niet voorbij."
    if not re.fullmatch(r"\d{1,5}", fields["clienten"]):
        return f"‘{fields['clienten']}’ is geen aantal. Schrijf een geheel getal, 0 of meer."
    return None


def entered(form: Iterable[tuple[str, str, str, str]], agreement: Agreement, now: datetime) -> list[Count]:
    """The counts of a form, as (product, municipality, month, clients) texts. Raises `Invalid` as `read` does."""
    rows = [(number, [cell.strip() for cell in row]) for number, row in enumerate(form, 1) if row[3].strip()]
    if not rows:
        raise Invalid({"clients": N_("Vul minstens een aantal in. Geen cliënten? Vul dan 0 in.")})
    return _counts(rows, COLUMNS, agreement, now)


def require_deliverer(actor: User, agreement: Agreement) -> None:
    """A contract manager of the authority, or anybody of the provider itself."""
    if actor.authority_id is not None:
        require_official(actor, agreement, following.MANAGER)
    else:
        require_provider(actor, agreement)
    following.require_in_force(agreement)


def deliver(
    agreement: Agreement,
    actor: User,
    filename: str,
    found: Sequence[Count],
    current: Mapping[Spot, tuple[int, int]],
    now: datetime,
) -> CountDelivery | None:
    """Keep the counts that are new or different; None when there are none, so the same file twice is once.

    `current` is (sequence, clients) of what counts now.
    """
    require_deliverer(actor, agreement)
    fresh = [one for one in found if current.get(one.spot, (0, -1))[1] != one.clients]
    if not fresh:
        return None
    content = "\n".join(f"{';'.join(one.spot)};{one.clients}" for one in sorted(found))
    delivery = CountDelivery(
        authority_id=agreement.authority_id,
        agreement=agreement,
        agreement_id=agreement.id,
        filename=filename[:200],
        digest=hashlib.sha256(content.encode()).hexdigest(),
        delivered_at=now,
        delivered_by=actor,
        delivered_by_id=actor.id,
        counts=[
            ClientCount(
                authority_id=agreement.authority_id,
                agreement_id=agreement.id,
                product_id=one.spot[0],
                municipality_id=one.spot[1],
                period=one.spot[2],
                sequence=current.get(one.spot, (0, 0))[0] + 1,
                clients=one.clients,
            )
            for one in fresh
        ],
    )
    audit.record(delivery, "deliver_counts", actor, now, agreement=agreement.number, counts=len(fresh))
    return delivery


def deliver_indicator(
    agreement: Agreement,
    actor: User,
    code: str,
    period: str,
    value: str,
    remark: str,
    last: IndicatorFigure | None,
    now: datetime,
) -> IndicatorFigure:
    """One figure of one quarter ('2026-Q1'). The same figure twice is once; another one is a correction."""
    require_deliverer(actor, agreement)
    problems: dict[str, str] = {}
    if code not in {one["code"] for one in following.rules(agreement).get("indicators") or []}:
        problems["code"] = N_("Kies een kengetal van deze procedure.")
    if period not in quarters(agreement.starts_on, following.today(now)):
        problems["period"] = N_("Kies een kwartaal dat voorbij is en binnen de overeenkomst valt.")
    number = value.strip().replace(",", ".")
    if not re.fullmatch(r"-?\d{1,9}(\.\d{1,2})?", number):
        problems["value"] = N_("Vul een getal in, met hoogstens twee cijfers achter de komma.")
    if problems:
        raise Invalid(problems)
    following.refuse_personal_numbers(remark, "remark")
    following.refuse_personal_numbers(number, "value")
    if last is not None and (last.value, last.remark) == (number, remark.strip()):
        return last
    if last is not None and (last.code, last.period) != (code, period):
        raise Refused(N_("Dit hoort niet bij elkaar. Ververs de pagina en kies opnieuw."))
    figure = IndicatorFigure(
        authority_id=agreement.authority_id,
        agreement=agreement,
        agreement_id=agreement.id,
        code=code,
        period=period,
        sequence=last.sequence + 1 if last else 1,
        value=number,
        remark=remark.strip(),
        delivered_at=now,
        delivered_by=actor,
        delivered_by_id=actor.id,
    )
    audit.record(figure, "deliver_indicator", actor, now, agreement=agreement.number, code=code, period=period)
    return figure


def quarters(starts_on: date, today: date) -> list[str]:
    """The quarters of an agreement that are over, newest first."""
    found = []
    first = date(starts_on.year, 3 * ((starts_on.month - 1) // 3) + 1, 1)
    while (after := calendar.add_months(first, 3)) <= today:
        found.append(f"{first.year}-Q{(first.month + 2) // 3}")
        first = after
    return found[::-1]


def months(starts_on: date, today: date) -> list[str]:
    """The months of an agreement that are over, newest first."""
    found = []
    first = starts_on.replace(day=1)
    while (after := calendar.add_months(first, 1)) <= today:
        found.append(month_of(first))
        first = after
    return found[::-1]
