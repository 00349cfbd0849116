//! A material taken apart: its maps as pictures, its UVs as lines, itself in words. All that takes time
//! is done off the UI thread; the old picture stays until the new one is there.

mod maps;
mod uv;
mod view;
mod words;

use std::sync::Arc;

use scene::{MaterialId, NodeId};
use work::{Lane, Pool};

pub use maps::{Channel, Map, Maps};
pub use uv::{MAX_CORNERS, UvDrawing, UvFaces, UvFrame};
pub use view::{InspectorView, UvCamera, UvPlace};
pub use words::{Fact, facts, used_by};

use crate::model::{DocId, Kept, Loaded, Model, Picture};
use crate::view::{Tab, View};

/// What is worked out for the material in view.
#[derive(Default)]
pub struct Sheet {
    maps: Kept<(DocId, usize, MaterialId), Arc<Maps>>,
    picture: Kept<(u64, Channel), Picture>,
    faces: Kept<FacesKey, Arc<UvFaces>>,
    drawing: Kept<(FacesKey, UvFrame), Arc<UvDrawing>>,
}

/// Whose faces: model, reading, material, object, and the slot whose UV set and transform count.
type FacesKey = (DocId, usize, MaterialId, Option<NodeId>, usize);

impl Sheet {
    pub fn maps(&self) -> Option<&Arc<Maps>> {
        self.maps.value.value()
    }

    pub fn is_decoding(&self) -> bool {
        self.maps.value.is_running()
    }

    /// The map in view through the channel in view.
    pub fn picture(&self) -> Option<&Picture> {
        self.picture.value.value()
    }

    pub fn faces(&self) -> Option<&UvFaces> {
        self.faces.value.value().map(AsRef::as_ref)
    }

    pub fn drawing(&self) -> Option<&UvDrawing> {
        self.drawing.value.value().map(AsRef::as_ref)
    }

    fn poll(&mut self) {
        self.maps.value.poll();
        self.picture.value.poll();
        self.faces.value.poll();
        self.drawing.value.poll();
    }
}

/// Keeps the sheet on what the view shows. Called once a frame; never waits.
pub(crate) fn advance(model: &mut Model, view: &mut View, pool: &Pool) {
    model.sheet.poll();
    let Some(doc) = model.current else { return };
    let loaded = model.current().and_then(|d| d.load.value()).cloned();
    let Some(loaded) = loaded.filter(|_| view.right_open && view.tab == Tab::Materials) else { return };
    let reading = Arc::as_ptr(&loaded) as usize;
    let inspector = &mut view.inspector;
    inspector.follow(&loaded, view.selected_node);
    let Some(material) = inspector.material else { return };
    let sheet = &mut model.sheet;
    let of_material = (doc, reading, material);
    sheet.maps.want(&of_material, || {
        let loaded = Arc::clone(&loaded);
        pool.spawn(Lane::Interactive, "read the maps", move |ctx| {
            maps::read(&loaded.import.scene, material, ctx).map(Arc::new)
        })
    });
    if let Some(map) =
        sheet.maps.value.value().filter(|_| sheet.maps.is_settled()).and_then(|m| m.get(inspector.map))
        && let Some(rgba) = &map.rgba
    {
        let channel = inspector.channel;
        sheet.picture.want(&(map.id, channel), || {
            let rgba = Arc::clone(rgba);
            pool.spawn(Lane::Interactive, "show the map", move |_| {
                Ok::<_, work::Cancelled>(maps::through(&rgba, channel))
            })
        });
    }
    if inspector.shows_uvs {
        draw_uvs(
            sheet,
            &loaded,
            (doc, reading, material, inspector.faces_of, inspector.map),
            inspector.frame,
            pool,
        );
    }
}

fn draw_uvs(sheet: &mut Sheet, loaded: &Arc<Loaded>, key: FacesKey, frame: Option<UvFrame>, pool: &Pool) {
    let (_, _, material, node, map) = key;
    sheet.faces.want(&key, || {
        let loaded = Arc::clone(loaded);
        pool.spawn(Lane::Interactive, "gather the UVs", move |ctx| {
            UvFaces::of(&loaded.import.scene, material, node, map, ctx).map(Arc::new)
        })
    });
    let Some(faces) = sheet.faces.value.value().filter(|_| sheet.faces.is_settled()).cloned() else { return };
    // One at a time: the newest place is drawn when the last one is done.
    if let Some(frame) = frame
        && sheet.drawing.is_settled()
    {
        sheet.drawing.want(&(key, frame), || {
            pool.spawn(Lane::Interactive, "draw the UVs", move |ctx| faces.draw(frame, ctx).map(Arc::new))
        });
    }
}
