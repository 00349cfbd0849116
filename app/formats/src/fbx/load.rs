use ufbx::{
    AllocatorOpts, CoordinateAxes, CoordinateAxis, ErrorType, FileFormat, GeometryTransformHandling,
    InheritModeHandling, LoadOpts, MirrorAxis, ProgressCb, ProgressResult, SceneRoot, SpaceConversion,
};

use super::NAME;
use crate::ReadFault;
use crate::source::Source;

/// What ufbx may take whatever the file's size: a small file of well packed zeros is still sound.
pub(super) const MEMORY_FLOOR: usize = 256 << 20;
pub(super) const MEMORY_PER_FILE_BYTE: usize = 64;
/// Levels of nodes. Rigs of feathers and chains have some hundreds.
pub(super) const MAX_DEPTH: u32 = 4096;

const Y_UP: CoordinateAxes = CoordinateAxes {
    right: CoordinateAxis::PositiveX,
    up: CoordinateAxis::PositiveY,
    front: CoordinateAxis::PositiveZ,
};

pub(super) fn load(source: &Source<'_>) -> Result<SceneRoot, ReadFault> {
    let progress = |progress: &ufbx::Progress| {
        let total = progress.bytes_total.max(1) as f32;
        source.ctx.progress(0.8 * progress.bytes_read as f32 / total, "reading");
        if source.ctx.is_cancelled() { ProgressResult::Cancel } else { ProgressResult::Continue }
    };
    let options = LoadOpts {
        temp_allocator: limited(source.bytes.len()),
        result_allocator: limited(source.bytes.len()),
        progress_cb: ProgressCb::Ref(&progress),
        file_format: FileFormat::Fbx,
        node_depth_limit: MAX_DEPTH,
        clean_skin_weights: true,
        use_blender_pbr_material: true,
        generate_missing_normals: true,
        geometry_transform_handling: GeometryTransformHandling::ModifyGeometry,
        inherit_mode_handling: InheritModeHandling::Compensate,
        space_conversion: SpaceConversion::AdjustTransforms,
        // Only files with left-handed axes are mirrored; which axis makes no difference then.
        handedness_conversion_axis: MirrorAxis::X,
        target_axes: Y_UP,
        target_unit_meters: 1.0,
        target_camera_axes: Y_UP,
        target_light_axes: Y_UP,
        ..Default::default()
    };
    ufbx::load_memory(source.bytes, options).map_err(|error| {
        let cause = cause_of(&error);
        source.ctx.check_cancelled().map_or_else(Into::into, |()| ReadFault::Damaged { format: NAME, cause })
    })
}

/// libc's allocator returns null where Rust's would end the process.
pub(super) fn limited(file_n_bytes: usize) -> AllocatorOpts {
    let memory_limit = MEMORY_FLOOR.saturating_add(file_n_bytes.saturating_mul(MEMORY_PER_FILE_BYTE));
    AllocatorOpts { allocator: ufbx::Allocator::Libc, memory_limit, ..Default::default() }
}

fn cause_of(error: &ufbx::Error) -> String {
    match error.type_ {
        ErrorType::TruncatedFile | ErrorType::Io => "it ends too early; copy or export it again".into(),
        ErrorType::MemoryLimit | ErrorType::AllocationLimit | ErrorType::OutOfMemory => {
            "it unpacks to far more than its size allows; export it again".into()
        }
        ErrorType::NodeDepthLimit => {
            format!("its nodes are nested more than {MAX_DEPTH} levels deep; export it again")
        }
        ErrorType::UnrecognizedFileFormat => "nothing in it looks like FBX; export it again".into(),
        ErrorType::UnsupportedVersion => {
            "its version is not readable; export it as FBX 2020 (7.7) or 2014 (7.4)".into()
        }
        _ => format!("{}; export it again", error.description.as_ref()),
    }
}
