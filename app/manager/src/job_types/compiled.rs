//! What a script made of a job, out of the JSON that `prelude.js` sends over the border.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use flamenco::wire::Command;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

#[derive(Debug)]
pub(crate) struct Compiled {
    pub settings: Map<String, Value>,
    pub metadata: BTreeMap<String, Value>,
    pub tasks: Vec<CompiledTask>,
}

#[derive(Debug)]
pub(crate) struct CompiledTask {
    pub uuid: String,
    pub name: String,
    pub task_type: String,
    pub priority: f64,
    pub commands: CompiledCommands,
    /// Places in the list of those that must be completed first.
    pub dependencies: Vec<usize>,
}

impl Compiled {
    /// # Errors
    /// A sentence, when this is no job: a task was added twice, or waits for one that never was.
    pub(super) fn parse(json: &str, ids: TaskIds) -> Result<Self, String> {
        let sent: Sent = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let rows = sent.tasks.0;
        let mut places = HashMap::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            if row.id >= TaskIds::MOST || places.insert(row.id, place).is_some() {
                return Err(format!("the task {:?} was added twice", row.name));
            }
        }
        let in_its_place = |row: Row| {
            let dependencies: Option<Vec<usize>> =
                row.dependencies.iter().map(|needed| places.get(needed).copied()).collect();
            let Some(dependencies) = dependencies else {
                return Err(format!("the task {:?} depends on one that is not in its job", row.name));
            };
            let Row { id, name, task_type, priority, commands, .. } = row;
            Ok(CompiledTask { uuid: ids.of(id), name, task_type, priority, commands, dependencies })
        };
        let tasks = rows.into_iter().map(in_its_place).collect::<Result<_, _>>()?;
        Ok(Self { settings: sent.settings, metadata: sent.metadata, tasks })
    }
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    metadata: BTreeMap<String, Value>,
    tasks: Rows,
}

/// Tasks as they cross the border: six values each in one flat list.
struct Rows(Vec<Row>);

struct Row {
    /// In the order in which the script made them, added or not.
    id: u32,
    name: String,
    task_type: String,
    priority: f64,
    commands: CompiledCommands,
    dependencies: Vec<u32>,
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RowsVisitor)
    }
}

struct RowsVisitor;

impl<'de> Visitor<'de> for RowsVisitor {
    type Value = Rows;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("six values a task")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows, A::Error> {
        fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(list: &mut A) -> Result<T, A::Error> {
            list.next_element()?.ok_or_else(|| A::Error::custom("a task lacks a value"))
        }
        let mut rows = Vec::new();
        while let Some(id) = list.next_element()? {
            rows.push(Row {
                id,
                name: next(&mut list)?,
                task_type: next(&mut list)?,
                priority: next(&mut list)?,
                commands: next(&mut list)?,
                dependencies: next(&mut list)?,
            });
        }
        Ok(Rows(rows))
    }
}

/// A task's commands as the database keeps them. They pass through as text: taking ten thousand of
/// them apart and writing them anew takes longer than running most scripts.
#[derive(Debug)]
pub(crate) struct CompiledCommands {
    text: Box<RawValue>,
    n_steps: i64,
}

impl CompiledCommands {
    /// JSON that reads as a list of [`Command`].
    pub(crate) fn as_json(&self) -> &str {
        self.text.get()
    }

    /// A command that counts none has one step.
    pub(crate) fn n_steps(&self) -> i64 {
        self.n_steps
    }

    pub(crate) fn parse(&self) -> Vec<Command> {
        serde_json::from_str(self.as_json()).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for CompiledCommands {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let shapes: Vec<CommandShape<'_>> = serde_json::from_str(text.get()).map_err(D::Error::custom)?;
        let n_steps =
            shapes.iter().map(|it| (it.total_step_count as i64).max(1)).fold(0, i64::saturating_add);
        Ok(Self { text, n_steps })
    }
}

/// What must be true of a command so that it can be read back as a [`Command`].
#[derive(Deserialize)]
struct CommandShape<'a> {
    #[serde(borrow, rename = "name")]
    _name: Cow<'a, str>,
    #[serde(default, rename = "parameters")]
    _parameters: Option<AnyObject>,
    #[serde(default, rename = "totalStepCount")]
    total_step_count: f64,
}

struct AnyObject;

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self)
    }
}

impl<'de> Visitor<'de> for AnyObject {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of parameters")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self)
    }
}

/// Ids of a job's tasks, in the order of time and of their making, so that the database's index of
/// them grows at its end: for ten thousand at once that is twice as quick as random places.
#[derive(Clone, Copy)]
pub(super) struct TaskIds {
    unix_ms: u64,
    tail: [u8; 6],
}

impl TaskIds {
    /// A UUID of version 7 leaves 26 bits here for counting.
    const MOST: u32 = 1 << 26;

    pub(super) fn new() -> Self {
        let mut tail = [0; 6];
        tail.copy_from_slice(&Uuid::new_v4().as_bytes()[..6]);
        let unix_ms = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default();
        Self { unix_ms, tail }
    }

    pub(super) fn of(&self, n: u32) -> String {
        let mut bytes = [0; 10];
        bytes[..4].copy_from_slice(&[(n >> 22) as u8, (n >> 14) as u8, (n >> 8) as u8 & 0x3f, n as u8]);
        bytes[4..].copy_from_slice(&self.tail);
        uuid::Builder::from_unix_timestamp_millis(self.unix_ms, &bytes).into_uuid().to_string()
    }
}
