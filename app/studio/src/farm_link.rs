//! The window's line to the farm.

use std::path::Path;

use farm::Home;
use work::Pool;

use crate::model::Model;
use crate::view::View;

pub struct FarmRoom {
    home: Option<Home>,
}

impl FarmRoom {
    pub fn new(home: Option<Home>, _wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { home }
    }

    pub fn config_folder(&self) -> Option<&Path> {
        self.home.as_ref().map(Home::config)
    }

    pub fn poll(&mut self, _model: &mut Model, _view: &mut View, _pool: &Pool) {}
}
