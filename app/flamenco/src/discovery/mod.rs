//! Managers found by themselves: a search by SSDP on the networks that this machine is part of.
//!
//! UPnP Device Architecture 1.1, section 1.3, as Flamenco's Managers answer it. [`Search`] asks and
//! [`ssdp`] holds the words for both ends; [`local_addresses`] says from where.

mod interfaces;
mod search;
pub mod ssdp;

pub use interfaces::local_addresses;
pub use search::{FoundManager, Search, SearchError, find_managers};
