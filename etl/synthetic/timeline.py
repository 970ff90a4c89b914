"""When things happen: the span of the data, weights by month, weekday and hour, and working days."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property

import holidays
import numpy as np

from etl.synthetic.calibration import STEP
from etl.synthetic.columns import Array, minutes

DAY = np.timedelta64(1, "D")
OPENING, CLOSING = 9 * 60, 17 * 60
#              Jan   Feb   Mar   Apr   May   Jun   Jul   Aug   Sep   Oct   Nov   Dec
MONTHS = (
    (0.99, 0.96, 0.98, 0.97, 1.00, 1.00, 1.05, 0.94, 1.04, 1.05, 1.04, 0.98),
    (1.05, 0.95, 1.10, 0.95, 1.05, 1.12, 1.10, 0.04, 1.15, 1.20, 1.25, 0.95),
    (0.98, 0.97, 1.00, 0.96, 0.99, 1.00, 1.05, 0.90, 1.05, 1.06, 1.06, 0.95),
    (0.98, 0.97, 1.00, 0.97, 0.99, 1.00, 1.05, 0.92, 1.04, 1.05, 1.05, 0.95),
    (0.97, 0.97, 0.98, 0.98, 1.00, 1.02, 1.06, 0.98, 1.03, 1.02, 1.01, 0.97),
    (0.99, 0.98, 1.00, 0.98, 1.00, 1.01, 1.05, 0.90, 1.04, 1.04, 1.04, 0.95),
    (0.45, 0.40, 0.50, 0.70, 0.85, 1.10, 1.55, 1.95, 1.90, 1.45, 0.75, 0.40),
)
#            Mon   Tue   Wed   Thu   Fri   Sat   Sun
WEEKDAYS = (
    (0.95, 0.90, 0.92, 0.95, 1.05, 1.25, 1.30),
    (1.05, 1.00, 1.00, 1.05, 1.15, 0.02, 0.01),
    (1.05, 1.05, 1.00, 1.00, 1.05, 0.30, 0.28),
    (1.05, 1.02, 1.00, 1.00, 1.00, 0.12, 0.10),
    (1.05, 1.00, 1.00, 1.00, 1.00, 0.65, 0.70),
    (1.05, 1.02, 1.00, 1.00, 1.05, 0.20, 0.18),
    (1.00, 1.00, 1.00, 1.00, 1.00, 0.95, 0.95),
)
_OFFICE = (0.2,) * 6 + (0.3, 1, 4, 9, 11, 11, 9, 9, 10, 11, 9, 5, 2, 1.5, 1, 0.8, 0.5, 0.3)
_SCHOOL = (0.01,) * 7 + (1, 5, 9, 10, 11, 9, 9, 12, 17, 10, 4, 1, 0.5, 0.3, 0.2, 0.1, 0.02)
_POLICE = (5.5, 5, 4.5, 4, 3, 2.5, 2.5, 2.5, 3, 3.5, 3.5, 3.5, 3.5, 3.5, 4, 4.5, 5, 5, 5, 5.5, 6, 6.5, 6.5, 6)
_PUBLIC = (1, 0.6, 0.4, 0.3, 0.3, 0.4, 0.8, 1.5, 4, 7, 8, 7, 7, 6, 7, 7, 7, 7, 6, 6, 5, 4, 3, 2)
_ARRIVAL = (1.5, 1.5, 1.5, 2, 3, 4, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2)
HOURS = (_POLICE, _SCHOOL, _OFFICE, _OFFICE, _PUBLIC, _OFFICE, _ARRIVAL)


@dataclass(frozen=True)
class Timeline:
    """The span from the first minute of `first` (a first of a month) to the extract moment `until`, local time."""

    first: date
    until: datetime
    months: int
    closures: tuple[date, ...] = ()

    @cached_property
    def days(self) -> Array:
        """Every day (d,) of the span."""
        return np.arange(np.datetime64(self.first), np.datetime64(self.until.date()) + DAY)

    @cached_property
    def extract(self) -> np.datetime64:
        """The extract moment, to the minute."""
        return np.datetime64(self.until, "m")

    @cached_property
    def working(self) -> np.busdaycalendar:
        """Monday to Friday, without England's bank holidays and the authority's closure days."""
        years = range(self.first.year - 1, self.until.year + 3)
        free = {*holidays.country_holidays("GB", subdiv="ENG", years=years), *self.closures}
        return np.busdaycalendar(holidays=np.array(sorted(free), "datetime64[D]"))

    @property
    def length_months(self) -> float:
        """The span in months, the last one as far as it has gone."""
        last = calendar.monthrange(self.until.year, self.until.month)[1] * 1440
        gone = (self.until - datetime.combine(self.until.date().replace(day=1), time())).total_seconds() / 60
        return self.months - 1 + (gone + 1) / last

    @property
    def step_month(self) -> int:
        """The month (counted from 0) in which the volume steps up, at one third of the span."""
        return self.months // 3

    @property
    def date_only_month(self) -> int | None:
        """The month (counted from 0) whose moments are written as dates; none in a span under three months."""
        return self.months * 3 // 5 if self.months >= 3 else None

    def month_of(self, moments: Array) -> Array:
        """Months (n,) counted from the first of the span."""
        return (moments.astype("datetime64[M]") - np.datetime64(self.first, "M")).astype(np.int64)

    def past(self, moments: Array) -> Array:
        """The moments, blank where they lie after the extract."""
        return np.where(moments <= self.extract, moments, np.datetime64("NaT", "m"))

    def day_weights(self, group: int, *, stepped: bool = True) -> Array:
        """The relative volume (d,) of each day for a group of senders."""
        month = self.days.astype("datetime64[M]").astype(np.int64) % 12
        weights = np.take(MONTHS[group], month) * np.take(WEEKDAYS[group], weekday(self.days))
        weights = weights * self._quiet(group)
        weights[-1] *= _through_day(group)[self.until.hour * 60 + self.until.minute]
        found: Array = (
            weights * np.where(self.month_of(self.days) >= self.step_month, STEP, 1.0) if stepped else weights
        )
        return found

    def _quiet(self, group: int) -> Array:
        closed = ~np.is_busday(self.days, busdaycal=self.working) & (weekday(self.days) < 5)
        bank = np.where(closed, (1.1, 0.02, 0.3, 0.12, 0.7, 0.2, 1.0)[group], 1.0)
        return bank * (_term(self.days) if group == 1 else 1.0)

    def receipts(self, rng: np.random.Generator, group: int, size: int) -> Array:
        """Moments of receipt (size,) for a group, in no order; none in the hour the clocks skip in March."""
        bounds = np.cumsum(self.day_weights(group))
        spread = (np.arange(size) + rng.random(size)) / max(size, 1)
        day = np.searchsorted(bounds, spread * bounds[-1], side="right").clip(max=len(bounds) - 1)
        through = _through_day(group)
        most = np.where(day == len(bounds) - 1, through[self.until.hour * 60 + self.until.minute], 1.0)
        minute = np.searchsorted(through, rng.random(size) * most, side="right").clip(max=1439)
        return skip_missing_hour(self.days[day].astype("datetime64[m]") + minutes(minute))

    def before_extract(self, rng: np.random.Generator, moments: Array) -> Array:
        """Moments after the extract are moved into the part of the last day that lies before it."""
        today = np.datetime64(self.until.date(), "m")
        gone = int((self.extract - today).astype(np.int64))
        return np.where(moments > self.extract, today + minutes(rng.integers(0, gone + 1, len(moments))), moments)

    def counting_day(self, moments: Array) -> Array:
        """The working day (n,) on which a working-day clock starts to count."""
        day = moments.astype("datetime64[D]")
        late = minute_of_day(moments) >= CLOSING
        on_working_day = np.is_busday(day, busdaycal=self.working)
        return self.add_days(day + np.where(late & on_working_day, DAY, 0 * DAY), 0)

    def add_days(self, days: Array, count: Array | int) -> Array:
        """The working day `count` working days later; a day that is none counts as the next one."""
        return np.busday_offset(days, count, roll="forward", busdaycal=self.working)

    def office_moment(self, rng: np.random.Generator, days: Array) -> Array:
        """A moment (n,) in office hours of each day."""
        return days.astype("datetime64[m]") + minutes(rng.integers(OPENING + 5, CLOSING + 30, len(days)))


def _through_day(group: int) -> Array:
    """The share (1440,) of a group's day that has come by the end of each minute."""
    come = np.cumsum(np.repeat(HOURS[group], 60))
    share: Array = come / come[-1]
    return share


def timeline(until: datetime, months: int, closures: tuple[date, ...]) -> Timeline:
    """The span of `months` calendar months that ends at `until`, the month of `until` being the last one."""
    first = until.year * 12 + until.month - months
    return Timeline(date(first // 12, first % 12 + 1, 1), until, months, closures)


def weekday(days: Array) -> Array:
    """Monday 0 … Sunday 6 (n,)."""
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7


def minute_of_day(moments: Array) -> Array:
    """Minutes (n,) since midnight; undefined for a blank moment."""
    found: Array = (moments - moments.astype("datetime64[D]")).astype("timedelta64[m]").astype(np.int64)
    return found


def skip_missing_hour(moments: Array) -> Array:
    """Moves moments in the hour that does not exist, on the last Sunday of March, an hour forward."""
    day = moments.astype("datetime64[D]")
    number = (day - moments.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    march = moments.astype("datetime64[M]").astype(np.int64) % 12 == 2
    hour = minute_of_day(moments) // 60
    return moments + minutes(60 * (march & (number > 24) & (weekday(day) == 6) & (hour == 1)))


def _term(days: Array) -> Array:
    """School holidays, near enough: the share of the usual volume (d,) that is left."""
    month = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    number = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    left = np.ones(len(days))
    left[(month == 4) & (number <= 14)] = 0.35
    left[((month == 12) & (number > 20)) | ((month == 1) & (number < 4))] = 0.05
    left[((month == 10) & (number > 24)) | ((month == 5) & (number > 25))] = 0.3
    left[(month == 7) & (number > 22)] = 0.15
    return left


def universal(moments: Array) -> Array:
    """Local moments (n,) as universal time; an hour that exists twice is read as the first one."""
    years = moments.astype("datetime64[Y]")
    summer = (moments >= _last_sunday(years, 3)) & (moments < _last_sunday(years, 10))
    return moments - minutes(60 * summer)


def a_year_later(days: Array) -> Array:
    """The same calendar day (n,) a year later; 28 February for 29 February."""
    month = days.astype("datetime64[M]")
    number = days - month.astype("datetime64[D]")
    last = (month + 13).astype("datetime64[D]") - DAY
    later: Array = np.minimum((month + 12).astype("datetime64[D]") + number, last)
    return later


def _last_sunday(years: Array, month: int) -> Array:
    """02:00 on the last Sunday of the month, in each year (n,)."""
    last = (years.astype("datetime64[M]") + month).astype("datetime64[D]") - DAY
    sunday = last - ((weekday(last) + 1) % 7) * DAY
    moment: Array = sunday.astype("datetime64[m]") + minutes(np.full(len(years), 120))
    return moment
