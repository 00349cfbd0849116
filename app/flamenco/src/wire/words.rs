use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An enum of the protocol's words. A word of a newer program reads as `Unknown`, so that it never
/// makes a whole answer unreadable; whoever *accepts* words checks for `Unknown` and refuses it.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$note])* $variant,)*
            /// A word this program does not know.
            #[default]
            Unknown,
        }

        impl $name {
            /// Every known word, in the protocol's order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As written on the wire; `unknown` for the fallback.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Unknown => "unknown",
                }
            }

            /// `Unknown` for words that are not in the protocol.
            pub fn from_word(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    _ => Self::Unknown,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Ok(Self::from_word(&word))
            }
        }
    };
}

words! {
    /// What a job is doing.
    JobStatus {
        UnderConstruction = "under-construction",
        Queued = "queued",
        Active = "active",
        Completed = "completed",
        Failed = "failed",
        CancelRequested = "cancel-requested",
        Canceled = "canceled",
        PauseRequested = "pause-requested",
        Paused = "paused",
        Requeueing = "requeueing",
    }
}

impl JobStatus {
    /// No Worker will touch the job again unless someone requeues it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }

    /// The job may be asked to stop.
    pub fn can_cancel(self) -> bool {
        matches!(self, Self::Active | Self::Failed | Self::Paused | Self::PauseRequested | Self::Queued)
    }

    /// The job may be asked to run (again); resuming a paused job is the same request.
    pub fn can_requeue(self) -> bool {
        matches!(self, Self::Canceled | Self::Completed | Self::Failed | Self::Paused)
    }

    pub fn can_pause(self) -> bool {
        matches!(self, Self::Active | Self::Canceled | Self::Queued)
    }

    pub fn can_delete(self) -> bool {
        matches!(self, Self::Canceled | Self::Completed | Self::Failed | Self::Paused | Self::Queued)
    }
}

words! {
    /// What a task is doing.
    TaskStatus {
        Queued = "queued",
        Active = "active",
        Completed = "completed",
        Failed = "failed",
        SoftFailed = "soft-failed",
        Paused = "paused",
        Canceled = "canceled",
    }
}

words! {
    /// What a Worker is doing, or is asked to do.
    WorkerStatus {
        /// Registered, but never signed on. On the wire an empty string.
        Registered = "",
        Starting = "starting",
        Awake = "awake",
        Asleep = "asleep",
        Error = "error",
        Testing = "testing",
        Offline = "offline",
        Restart = "restart",
    }
}

words! {
    /// The farm in one word.
    FarmStatus {
        /// A job is active and a Worker awake.
        Active = "active",
        /// No work to do.
        Idle = "idle",
        /// There is work, but nobody awake to do it.
        Waiting = "waiting",
        /// No work, and every Worker sleeps.
        Asleep = "asleep",
        /// No Workers, or all of them offline or in error.
        Inoperative = "inoperative",
        Starting = "starting",
    }
}

words! {
    /// The value type of a job setting.
    SettingType {
        String = "string",
        Int32 = "int32",
        Float = "float",
        Bool = "bool",
    }
}

words! {
    /// What a string setting stands for.
    SettingSubtype {
        FilePath = "file_path",
        DirPath = "dir_path",
        FileName = "file_name",
        /// A folder followed by `/######`.
        HashedFilePath = "hashed_file_path",
    }
}

words! {
    /// Who sees a job setting.
    SettingVisibility {
        Visible = "visible",
        /// Never shown; only the job type's own script uses it.
        Hidden = "hidden",
        /// Shown where jobs are submitted, not where they are watched.
        Submission = "submission",
        /// Shown where jobs are watched, not where they are submitted.
        Web = "web",
    }
}

words! {
    /// Whose view of a path or variable is wanted.
    Audience {
        All = "all",
        Workers = "workers",
        Users = "users",
    }
}

words! {
    /// Whether the Manager holds a file of given hash and size.
    ShamanFileStatus {
        Stored = "stored",
        /// Somebody is sending it now.
        Uploading = "uploading",
        /// Not held. The protocol's own word is `unknown`.
        Missing = "unknown",
    }
}
