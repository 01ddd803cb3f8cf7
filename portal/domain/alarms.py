"""Alarms: one mail when something stays wrong, one every four hours while it does, one when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from portal.domain import audit, wording
from portal.domain.task_names import ALARM_ADVICE, ALARMS
from portal.models import Alarm

REPEAT = timedelta(hours=4)


def settle(
    on: Mapping[str, Alarm], found: Mapping[str, str], told: frozenset[str], to: Sequence[str], now: datetime
) -> list[Alarm]:
    """Bring the alarms that are on in line with what is wrong now; gives the new ones, to be added.

    `found` has a detail in words per kind of alarm; `told` has the reasons of mails there are already. An alarm that
    goes on and off all the time gives one mail of each in four hours, not one a minute.
    """
    fresh = []
    for kind, detail in found.items():
        alarm = on.get(kind)
        if alarm is None:
            alarm = Alarm(kind=kind, detail=detail, raised_at=now, told_at=now, times_told=1)
            fresh.append(alarm)
            _tell(alarm, "alarm", told, to, now)
        else:
            alarm.detail = detail
            if now - alarm.told_at >= REPEAT:
                alarm.told_at, alarm.times_told = now, alarm.times_told + 1
                _tell(alarm, "alarm", told, to, now)
    for kind, alarm in on.items():
        if kind not in found:
            alarm.over_at = now
            _tell(alarm, "alarm_over", told, to, now)
    return fresh


def _tell(alarm: Alarm, template: str, told: frozenset[str], to: Sequence[str], now: datetime) -> None:
    slot = int(now.timestamp() // REPEAT.total_seconds())
    reason = f"alarm:{alarm.kind}:{template}:{slot}"
    for address in to:
        if f"{reason}:{address}"[:200] not in told:
            audit.tell(
                alarm,
                reason,
                address,
                template,
                now,
                name="beheerder",
                what=ALARMS[alarm.kind].label,
                detail=alarm.detail,
                moment=wording.moment(alarm.raised_at),
                advice=ALARM_ADVICE[alarm.kind],
                path="/beheer/taken",
            )
