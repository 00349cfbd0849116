//! Sleep schedules: when a Worker is asked to sleep, in this machine's local time.

use flamenco::wire::{StatusChangeRequest, WorkerSleepSchedule, WorkerStatus};
use jiff::Zoned;
use jiff::civil::Time;
use rusqlite::{Connection, OptionalExtension};

use crate::records::WorkerRow;
use crate::states::Turn;

const DAYS: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];

pub(crate) fn schedule_of(db: &Connection, worker_id: i64) -> rusqlite::Result<Option<WorkerSleepSchedule>> {
    db.prepare_cached("SELECT * FROM sleep_schedules WHERE worker_id = ?")?
        .query_row([worker_id], |row| {
            Ok(WorkerSleepSchedule {
                is_active: row.get("is_active")?,
                days_of_week: row.get("days_of_week")?,
                start_time: row.get("start_time")?,
                end_time: row.get("end_time")?,
            })
        })
        .optional()
}

/// Awake or asleep, as the Worker's schedule says; awake without one.
pub(crate) fn status_now(db: &Connection, worker_id: i64) -> rusqlite::Result<WorkerStatus> {
    Ok(match schedule_of(db, worker_id)? {
        Some(schedule) if schedule.is_active => status_at(&schedule, &Zoned::now()),
        _ => WorkerStatus::Awake,
    })
}

/// Asks every Worker with an active schedule to be what it says. Workers in error are left alone.
pub(crate) fn apply(turn: &Turn<'_>, now: &Zoned) -> rusqlite::Result<()> {
    for worker in WorkerRow::all(turn.db)? {
        let follows = matches!(worker.status, WorkerStatus::Awake | WorkerStatus::Asleep);
        let Some(schedule) = schedule_of(turn.db, worker.id)?.filter(|it| follows && it.is_active) else {
            continue;
        };
        let status = status_at(&schedule, now);
        let is_asked = worker.request.is_some_and(|it| it.status == status);
        if worker.status != status && !is_asked {
            let request = StatusChangeRequest { status, is_lazy: false };
            WorkerRow::save_request(turn.db, worker.id, Some(request))?;
            turn.wake_workers();
        }
    }
    Ok(())
}

/// Why a schedule cannot be kept, in words.
pub(crate) fn complaint(schedule: &WorkerSleepSchedule) -> Option<String> {
    let bad_day =
        schedule.days_of_week.split_whitespace().find(|day| !DAYS.contains(&day.to_lowercase().as_str()));
    let bad_time = [&schedule.start_time, &schedule.end_time]
        .into_iter()
        .find(|time| !time.is_empty() && parse(time).is_none());
    bad_day
        .map(|day| format!("{day:?} is no day; write them like mo tu we"))
        .or_else(|| bad_time.map(|time| format!("{time:?} is no time; write it like 09:00")))
}

fn status_at(schedule: &WorkerSleepSchedule, now: &Zoned) -> WorkerStatus {
    let today = usize::try_from(now.weekday().to_monday_zero_offset()).ok().and_then(|day| DAYS.get(day));
    let mut days = schedule.days_of_week.split_whitespace().map(str::to_lowercase).peekable();
    let is_day = days.peek().is_none() || days.any(|day| today.is_some_and(|today| day == *today));

    let start = parse(&schedule.start_time).unwrap_or(Time::midnight());
    let end = parse(&schedule.end_time).unwrap_or(Time::MAX);
    // As in Flamenco, a span never reaches over midnight.
    let (start, end) = (start.min(end), start.max(end));
    if is_day && (start..end).contains(&now.time()) { WorkerStatus::Asleep } else { WorkerStatus::Awake }
}

fn parse(time: &str) -> Option<Time> {
    Time::strptime("%H:%M", time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_says_when_to_sleep() {
        // A Wednesday.
        let at = |clock: &str| format!("2026-02-04T{clock}[UTC]").parse::<Zoned>().unwrap();
        let schedule = |days: &str, start: &str, end: &str| WorkerSleepSchedule {
            is_active: true,
            days_of_week: days.into(),
            start_time: start.into(),
            end_time: end.into(),
        };
        use WorkerStatus::{Asleep, Awake};
        for (days, start, end, clock, expect) in [
            ("", "09:00", "18:00", "09:00:00", Asleep),
            ("", "09:00", "18:00", "18:00:00", Awake),
            ("", "18:00", "09:00", "12:00:00", Asleep),
            ("mo tu", "", "", "12:00:00", Awake),
            ("mo We", "", "", "23:59:00", Asleep),
            ("we", "10:00", "", "09:59:59", Awake),
        ] {
            assert_eq!(
                status_at(&schedule(days, start, end), &at(clock)),
                expect,
                "{days} {start} {end} {clock}"
            );
        }
        assert!(complaint(&schedule("mo xx", "", "")).is_some());
        assert!(complaint(&schedule("", "9", "")).is_some());
        assert!(complaint(&schedule("mo su", "09:00", "")).is_none());
    }
}
