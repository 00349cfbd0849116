//! A picture in full quality in steps, none of which keeps the window waiting. The targets are kept
//! from step to step; the picture before stays in sight until this one is whole.

use super::pace::{Kind, Pace};
use super::panel::Panel;
use super::post::PostStep;
use super::{Shot, drawing, order, surfaces_of};
use crate::cull::Rows;
use crate::draw::{self, Step, Surfaces};
use crate::draw_list::{DrawList, Fidelity};
use crate::see_through;
use crate::targets::FrameBindings;
use crate::{Gpu, GpuScene, Renderer};

pub(super) struct Refinement {
    pub shot: Shot,
    /// First row of samples of the band that is drawn, and of the one after it.
    rows: [u32; 2],
    /// What the band still needs.
    band: Option<Band>,
    /// Targets that are cleared already.
    n_cleared: usize,
    /// Steps of what is seen through that are drawn.
    n_layered: u32,
    /// Pass that makes the picture of the targets, and the part of its rows that is done.
    finishing: (usize, f64),
    is_done: bool,
}

struct Band {
    list: DrawList,
    /// Solid calls that are drawn.
    n_drawn: usize,
}

/// Where steps are drawn.
pub(super) struct Place<'a> {
    pub tools: (&'a Gpu, &'a Renderer, &'a GpuScene),
    pub bindings: &'a FrameBindings,
    pub panel: &'a Panel,
}

/// Bands flatter than this cost more in triangles drawn twice than they gain.
const FLATTEST_BAND: u32 = 64;

impl Refinement {
    pub(super) fn new(shot: Shot) -> Self {
        Self {
            shot,
            rows: [0, 0],
            band: None,
            n_cleared: 0,
            n_layered: 0,
            finishing: (0, 0.0),
            is_done: false,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Whether one step is all it takes; `list` is everything in sight.
    pub(super) fn fits_one_step(list: &DrawList, panel: &Panel, pace: &Pace) -> bool {
        n_samples(panel) <= pace.step_samples() && list.n_triangles() <= pace.step_triangles()
    }

    /// Submits the next step.
    pub(super) fn advance(&mut self, place: &Place<'_>, pace: &mut Pace) {
        let gpu = place.tools.0;
        let label = Some("refinement");
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
        let kind = if self.n_cleared < place.panel.targets.n_attachments() {
            self.clear(&mut encoder, place, pace)
        } else if self.open_band(place, pace) {
            self.draw(&mut encoder, place, pace)
        } else if self.n_layered < self.n_layers(place) {
            self.see_through(&mut encoder, place)
        } else {
            self.finish(&mut encoder, place, pace)
        };
        let submission = gpu.queue.submit([encoder.finish()]);
        pace.submitted(gpu, kind, submission);
    }

    /// Clearing hundreds of megabytes takes a processor more than one step's time.
    fn clear(&mut self, encoder: &mut wgpu::CommandEncoder, place: &Place<'_>, pace: &Pace) -> Kind {
        let targets = &place.panel.targets;
        let n_samples = f64::from(targets.size[0]) * f64::from(targets.size[1]);
        let n_at_once = (CLEARED_PER_DRAWN * pace.step_samples() / n_samples) as usize;
        let end = (self.n_cleared + n_at_once.max(1)).min(targets.n_attachments());
        targets.clear(encoder, self.n_cleared..end);
        self.n_cleared = end;
        Kind::PartStep
    }

    /// False when there is no band left with anything in it.
    fn open_band(&mut self, place: &Place<'_>, pace: &Pace) -> bool {
        let height = place.panel.area()[1];
        while self.band.is_none() {
            let top = self.rows[1];
            if top >= height {
                return false;
            }
            let part = (pace.step_samples() / n_samples(place.panel)).min(1.0);
            let rows = ((f64::from(height) * part) as u32).max(FLATTEST_BAND);
            let bottom = if top + 2 * rows > height { height } else { top + rows };
            self.rows = [top, bottom];
            let [from, to] = self.rows.map(|row| f64::from(row) / f64::from(height));
            let rows = Rows { top: from, bottom: to };
            let mut list = self.list(place, rows);
            list.split_solid(SMALLEST_PIECE);
            if !list.solid.is_empty() {
                self.band = Some(Band { list, n_drawn: 0 });
            }
        }
        true
    }

    /// What is in sight within `rows`, whole.
    fn list(&self, place: &Place<'_>, rows: Rows) -> DrawList {
        let (surfaces, scene) = (surfaces_of(&self.shot.frame), place.tools.2);
        DrawList::of(scene, &self.shot.view, surfaces, rows, Fidelity::Full)
    }

    fn n_layers(&self, place: &Place<'_>) -> u32 {
        let (gpu, _, scene) = place.tools;
        let has_layers = surfaces_of(&self.shot.frame) == Surfaces::Materials && scene.is_seen_through();
        if has_layers { see_through::n_steps(order(gpu, &self.shot.frame)) } else { 0 }
    }

    /// One layer of what is seen through, over the whole picture.
    fn see_through(&mut self, encoder: &mut wgpu::CommandEncoder, place: &Place<'_>) -> Kind {
        let Shot { view, frame, .. } = &self.shot;
        let list = self.list(place, Rows::ALL);
        let drawing = drawing(place.tools, frame, &list, place.bindings, place.panel);
        let (picture, order) = (place.panel.post.picture_group(), order(place.tools.0, frame));
        see_through::encode_step(encoder, &drawing, view, picture, order, self.n_layered);
        self.n_layered += 1;
        Kind::PartStep
    }

    /// Some rows of one of the passes from targets to picture.
    fn finish(&mut self, encoder: &mut wgpu::CommandEncoder, place: &Place<'_>, pace: &Pace) -> Kind {
        let n_pixels: f64 = place.panel.size_px.map(f64::from).iter().product();
        let part = FINISHED_PER_DRAWN * pace.step_samples() / n_pixels.max(1.0);
        let (gpu, renderer, scene) = place.tools;
        let (pass, top) = self.finishing;
        // A rest that is hardly worth a step goes along.
        let bottom = if top + 1.4 * part >= 1.0 { 1.0 } else { top + part };
        let n_passes = place.panel.post.encode(
            encoder,
            gpu,
            renderer,
            scene,
            &place.panel.frame(&self.shot.frame),
            PostStep::Rows { pass, rows: Rows { top, bottom } },
        );
        self.finishing = if bottom < 1.0 { (pass, bottom) } else { (pass + 1, 0.0) };
        self.is_done = self.finishing.0 >= n_passes;
        // How quickly pixels are finished says nothing about how many triangles fit a step.
        Kind::PartStep
    }

    fn draw(&mut self, encoder: &mut wgpu::CommandEncoder, place: &Place<'_>, pace: &Pace) -> Kind {
        let Some(band) = &mut self.band else { return Kind::PartStep };
        let surfaces = surfaces_of(&self.shot.frame);
        // What is drawn twice over must be drawn together.
        let n_triangles = if surfaces.is_in_one_go() { usize::MAX } else { pace.step_triangles() };
        let end = band.list.solid_end(band.n_drawn, n_triangles);
        let ends_band = end >= band.list.solid.len();
        let step = Step {
            calls: band.list.solid.get(band.n_drawn..end).unwrap_or_default(),
            rows: self.rows,
            is_first: false,
            is_last: false,
        };
        let drawing = drawing(place.tools, &self.shot.frame, &band.list, place.bindings, place.panel);
        draw::encode_step(encoder, &drawing, surfaces, step);
        band.n_drawn = end;
        if ends_band {
            self.band = None;
        }
        Kind::FullStep
    }
}

/// Clearing a sample of one target is that much quicker than drawing into all of them.
const CLEARED_PER_DRAWN: f64 = 24.0;
/// Pixels of the picture that are finished while so many samples are drawn: each asks its
/// surroundings and the shadow maps at dozens of places.
const FINISHED_PER_DRAWN: f64 = 0.15;
/// Triangles of the calls that steps are put together of.
const SMALLEST_PIECE: usize = 16_384;

fn n_samples(panel: &Panel) -> f64 {
    panel.area().map(f64::from).iter().product()
}
