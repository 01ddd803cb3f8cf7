"""Client counts: a file is taken whole or not at all, twice is once, and it never says who the clients are."""

from __future__ import annotations

import pytest

from portal.domain import counts
from portal.errors import Invalid, NotAllowed, NotFound
from portal.models import ClientCount, CountDelivery
from portal.queries import outflow, running
from tests.following import settle

HEAD = "product;gemeente;maand;clienten\n"


@pytest.fixture
def followed(world):
    return settle(world)


def _read(followed, text):
    with followed.world.database.reading() as db:
        return counts.read(text.encode(), followed.agreement(db), followed.now)


def _deliver(followed, text, who="coen"):
    with followed.world.database.transaction() as db:
        found = followed.agreement(db)
        rows = counts.read(text.encode(), found, followed.now)
        current = outflow.current_counts(db, found.id)
        made = counts.deliver(found, followed.person(db, who), "a.csv", rows, current, followed.now)
        if made is not None:
            db.add(made)
        return made


def test_a_file_is_read_by_its_own_column_order_and_with_a_lost_zero(followed):
    rows = _read(followed, "\ufeffmaand,clienten,product,gemeente\n2021-01,4,IB-BASIS,796\n")

    assert [(one.spot[2], one.clients, one.line) for one in rows] == [("2021-01", 4, 2)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("XX;0796;2021-01;4", "product ‘XX’ staat niet in deze overeenkomst"),
        ("IB-BASIS;9999;2021-01;4", "gemeente ‘9999’ staat niet"),
        ("IB-BASIS;0865;2021-01;4", "geldt in deze overeenkomst niet in gemeente"),
        ("IB-BASIS;0796;januari;4", "is geen maand"),
        ("IB-BASIS;0796;2021-13;4", "is geen maand"),
        ("IB-BASIS;0796;2019-12;4", "vóór het begin"),
        ("IB-BASIS;0796;2021-02;4", "nog niet voorbij"),
        ("IB-BASIS;0796;2021-01;-1", "is geen aantal"),
        ("IB-BASIS;0796;2021-01;4,5", "is geen aantal"),
        ("IB-BASIS;0796;2021-01", "hier staan 3 waarden"),
        ("IB-BASIS;0796;2020-12;9", "ook op regel 2"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(followed, line, message):
    with pytest.raises(Invalid) as refusal:
        _read(followed, f"{HEAD}IB-BASIS;0796;2020-12;1\n\n{line}\n")

    assert list(refusal.value.problems) == ["line-4"]
    assert message in refusal.value.problems["line-4"]
    assert refusal.value.problems["line-4"].startswith("Regel 4: ")


def test_one_wrong_line_and_nothing_is_kept(followed):
    with pytest.raises(Invalid):
        _deliver(followed, f"{HEAD}IB-BASIS;0796;2021-01;4\nIB-BASIS;0796;2020-12;veel\n")

    with followed.world.database.reading() as db:
        assert db.query(ClientCount).count() == 0
    assert len(_deliver(followed, f"{HEAD}IB-BASIS;0796;2021-01;4\nIB-BASIS;0796;2020-12;5\n").counts) == 2


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}IB-BASIS;0796;2021-01;111222333\n",
        f"{HEAD}111.222.333;0796;2021-01;4\n",
        "product;gemeente;maand;clienten;bsn\nIB-BASIS;0796;2021-01;4;1\n",
        "product;gemeente;maand;clienten;Naam cliënt\nIB-BASIS;0796;2021-01;4;A\n",
        "product;gemeente;maand\nIB-BASIS;0796;2021-01\n",
        HEAD,
        "",
    ],
)
def test_a_file_about_persons_or_with_other_columns_is_refused_whole(followed, text):
    with pytest.raises(Invalid):
        _read(followed, text)


def test_the_same_file_twice_is_once_and_a_correction_stays_beside_it(followed):
    first, second = f"{HEAD}IB-BASIS;0796;2021-01;4\n", f"{HEAD}IB-BASIS;0796;2021-01;5\n"

    assert _deliver(followed, first) is not None
    assert _deliver(followed, first, "anna") is None
    assert _deliver(followed, second, "anna") is not None
    assert _deliver(followed, first) is not None

    with followed.world.database.reading() as db:
        assert [(one.sequence, one.clients) for one in db.query(ClientCount).order_by(ClientCount.sequence)] == [
            (1, 4),
            (2, 5),
            (3, 4),
        ]
        assert list(outflow.current_counts(db, followed.agreement_id).values()) == [(3, 4)]
        assert db.query(CountDelivery).count() == 3


def test_strangers_deliver_nothing(followed):
    text = f"{HEAD}IB-BASIS;0796;2021-01;4\n"
    for who, refusal in (("karim", NotFound), ("olga", NotFound), ("ineke", NotAllowed)):
        with pytest.raises(refusal):
            _deliver(followed, text, who)


def test_an_indicator_is_a_number_of_a_quarter_that_is_over(followed):
    with followed.world.database.transaction() as db:
        found, anna = followed.agreement(db), followed.person(db, "anna")
        figure = counts.deliver_indicator(found, anna, "KG1", "2020-Q4", "2,5", "", None, followed.now)
        db.add(figure)
        same = counts.deliver_indicator(found, anna, "KG1", "2020-Q4", "2.5", "", figure, followed.now)
        other = counts.deliver_indicator(found, anna, "KG1", "2020-Q4", "3", "", figure, followed.now)
        db.add(other)
        with pytest.raises(Invalid) as refusal:
            counts.deliver_indicator(found, anna, "KG9", "2021-Q1", "veel", "", None, followed.now)

        assert same is figure
        assert set(refusal.value.problems) == {"code", "period", "value"}
    with followed.world.database.reading() as db:
        assert [(one.value, one.sequence) for one in running.indicators_of(db, followed.agreement_id)] == [("3", 2)]
