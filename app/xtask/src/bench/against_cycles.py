"""Depth and normals of `kiln thumbs` beside Cycles', pixel by pixel.

usage: against_cycles.py MODEL SET PICTURE.png

SET: a folder made by `kiln thumbs --keep-origin --space world --passes depth,normal --format exr`.
Cycles looks through the camera of SET/metadata.json, each ray through the point of the pixel where
our numbers are taken (camera.data_sample), at surfaces that are purely diffuse, so that its normal
is the shading normal. Prints a row of the table; PICTURE.png shows depth, normals and differences.
"""
import json, math, os, struct, sys, tempfile, zlib
import bpy, numpy as np
from mathutils import Matrix, Vector

# What counts as equal.
DEPTH_PART = 0.001
NORMAL_DEGREES = 1.0


def read_exr(path):
    """Channels of a scan-line OpenEXR file (uncompressed or ZIP), by name; of all parts where there are
    several (OpenEXR file layout)."""
    data = open(path, "rb").read()
    is_multipart = bool(struct.unpack_from("<I", data, 4)[0] & 0x1000)
    at, parts = 8, []
    while data[at]:
        part, at = exr_header(data, at)
        parts.append(part)
        if not is_multipart:
            break
    if is_multipart:
        at += 1
    out = {}
    for channels, compression, window, name in parts:
        width, height = window[2] - window[0] + 1, window[3] - window[1] + 1
        lines = {0: 1, 2: 1, 3: 16}[compression]
        n_chunks = -(-height // lines)
        kinds = {0: np.dtype("<u4"), 1: np.dtype("<f2"), 2: np.dtype("<f4")}
        planes = [(np.empty((height, width), kinds[kind]), kinds[kind]) for _, kind in channels]
        for (channel, _), (plane, _) in zip(channels, planes):
            out[channel if not name or channel.startswith(name) else f"{name}.{channel}"] = plane
        row_bytes = sum(kind.itemsize for _, kind in planes) * width
        for offset in struct.unpack_from(f"<{n_chunks}Q", data, at):
            offset += 4 * is_multipart
            y, size = struct.unpack_from("<ii", data, offset)
            y -= window[1]
            n_lines = min(lines, height - y)
            block = data[offset + 8:offset + 8 + size]
            if size < row_bytes * n_lines:
                raw = np.frombuffer(zlib.decompress(block), np.uint8).astype(np.int64)
                raw[1:] -= 128
                raw = (np.cumsum(raw) & 255).astype(np.uint8)
                half = (len(raw) + 1) // 2
                both = np.empty_like(raw)
                both[0::2], both[1::2] = raw[:half], raw[half:]
                block = both.tobytes()
            here = 0
            for line in range(n_lines):
                for plane, kind in planes:
                    plane[y + line] = np.frombuffer(block, kind, width, here)
                    here += kind.itemsize * width
        at += 8 * n_chunks
    return out


def exr_header(data, at):
    """Channels, compression, data window and name of a part; where the next thing begins."""
    def text(at):
        end = data.index(b"\0", at)
        return data[at:end].decode(), end + 1
    channels, compression, window, part = [], None, None, ""
    while data[at]:
        name, at = text(at)
        _, at = text(at)
        size = struct.unpack_from("<i", data, at)[0]
        at += 4
        if name == "channels":
            here = at
            while data[here]:
                channel, here = text(here)
                channels.append((channel, struct.unpack_from("<i", data, here)[0]))
                here += 16
        elif name == "compression":
            compression = data[at]
        elif name == "dataWindow":
            window = struct.unpack_from("<4i", data, at)
        elif name == "name":
            part = data[at:at + size].decode()
        at += size
    return (channels, compression, window, part), at + 1


def without_animations(path, folder):
    """The model as its nodes place it: a copy of a glTF, with its folder, that has no animations."""
    import shutil
    copy = os.path.join(folder, "model")
    shutil.copytree(os.path.dirname(os.path.abspath(path)), copy)
    new = os.path.join(copy, os.path.basename(path))
    raw = open(new, "rb").read()
    if raw[:4] == b"glTF":
        length = struct.unpack_from("<I", raw, 12)[0]
        document, rest = json.loads(raw[20:20 + length]), raw[20 + length:]
        document.pop("animations", None)
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        head = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest))
        open(new, "wb").write(head + struct.pack("<I4s", len(text), b"JSON") + text + rest)
    else:
        document = json.loads(raw)
        document.pop("animations", None)
        json.dump(document, open(new, "w"))
    return new


def load(path):
    kind = path.rsplit(".", 1)[-1].lower()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    if kind in ("glb", "gltf"):
        with tempfile.TemporaryDirectory() as folder:
            bpy.ops.import_scene.gltf(filepath=without_animations(path, folder), disable_bone_shape=True)
            # The textures lie in the folder that goes.
            bpy.ops.file.pack_all()
    elif kind == "obj": bpy.ops.wm.obj_import(filepath=path)
    elif kind == "fbx": bpy.ops.wm.fbx_import(filepath=path, use_anim=False)
    elif kind == "stl": bpy.ops.wm.stl_import(filepath=path)
    elif kind == "ply": bpy.ops.wm.ply_import(filepath=path)
    elif kind.startswith("usd"): bpy.ops.wm.usd_import(filepath=path)
    elif kind == "blend": bpy.ops.wm.open_mainfile(filepath=path)
    else: sys.exit("no importer for " + path)


def make_diffuse(material):
    """Normal map and transparency stay; everything else that bends a normal goes. Faces seen from
    behind are left out where the material says so."""
    if not material.node_tree: return
    tree = material.node_tree
    outputs = [n for n in tree.nodes if n.type == "OUTPUT_MATERIAL" and n.is_active_output]
    if not outputs: return
    principled = next((n for n in tree.nodes if n.type == "BSDF_PRINCIPLED"), None)
    surface = tree.nodes.new("ShaderNodeBsdfDiffuse")
    clear = tree.nodes.new("ShaderNodeBsdfTransparent")
    def hide(surface, amount):
        mix = tree.nodes.new("ShaderNodeMixShader")
        tree.links.new(amount, mix.inputs[0])
        tree.links.new(surface, mix.inputs[1])
        tree.links.new(clear.outputs[0], mix.inputs[2])
        return mix.outputs[0]
    result = surface.outputs[0]
    if principled:
        for link in principled.inputs["Normal"].links:
            tree.links.new(link.from_socket, surface.inputs["Normal"])
        alpha = principled.inputs["Alpha"]
        if alpha.links or alpha.default_value < 1.0:
            invert = tree.nodes.new("ShaderNodeMath")
            invert.operation = "SUBTRACT"
            invert.inputs[0].default_value = 1.0
            invert.inputs[1].default_value = alpha.default_value
            for link in alpha.links:
                tree.links.new(link.from_socket, invert.inputs[1])
            result = hide(result, invert.outputs[0])
    if material.use_backface_culling:
        result = hide(result, tree.nodes.new("ShaderNodeNewGeometry").outputs["Backfacing"])
    tree.links.new(result, outputs[0].inputs["Surface"])


def look_through(camera, resolution):
    scene = bpy.context.scene
    eye, target, up = (Vector(camera[key]) for key in ("position", "look_at", "up"))
    back = (eye - target).normalized()
    right = up.cross(back).normalized()
    up = back.cross(right)
    data = bpy.data.cameras.new("kiln")
    seen = bpy.data.objects.new("kiln", data)
    scene.collection.objects.link(seen)
    scene.camera = seen
    rows = [(right[i], up[i], back[i], eye[i]) for i in range(3)]
    seen.matrix_world = Matrix(rows + [(0, 0, 0, 1)])
    data.sensor_fit, data.sensor_width, data.lens = "HORIZONTAL", camera["sensor_width"], camera["focal_length"]
    x, y = camera["data_sample"]
    data.shift_x, data.shift_y = (x - 0.5) / resolution[0], (0.5 - y) / resolution[0]
    data.clip_start, data.clip_end = camera["near"] * 0.5, camera["far"] * 10


def cycles(path, metadata, folder):
    """Distance along the line of sight (infinite: nothing) and world normals."""
    load(path)
    scene = bpy.context.scene
    for material in bpy.data.materials:
        make_diffuse(material)
    resolution = metadata["render_resolution"]
    look_through(metadata["camera"], resolution)
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples, scene.cycles.use_denoising = "CPU", 1, False
    scene.cycles.max_bounces = 0
    # Every ray through the same point of its pixel.
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BLACKMAN_HARRIS", 0.01
    scene.render.resolution_x, scene.render.resolution_y = resolution
    scene.render.resolution_percentage = 100
    scene.render.use_border = False
    layer = scene.view_layers[0]
    layer.use_pass_normal = layer.use_pass_z = True
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format = "OPEN_EXR_MULTILAYER"
    settings.exr_codec, settings.color_depth = "ZIP", "32"
    scene.render.filepath = os.path.join(folder, "cycles.exr")
    bpy.ops.render.render(write_still=True)
    channels = read_exr(scene.render.filepath)
    by_end = lambda *ends: next(v for k, v in channels.items() if k.endswith(ends))
    depth = by_end(".Depth.V", ".Depth.Z", ".Z").astype(np.float64)
    normal = np.stack([by_end(".Normal." + axis) for axis in "XYZ"], -1).astype(np.float64)
    return np.where(depth > 1e9, np.inf, depth), normal


def unit(normals):
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    return normals / np.where(length > 0, length, 1)


def picture(path, panels):
    """Panels of 0..1 side by side as a PNG."""
    rows = np.concatenate(panels, 1)
    rows = (np.clip(rows, 0, 1) * 255 + 0.5).astype(np.uint8)
    height, width, _ = rows.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), rows.reshape(height, -1)], 1).tobytes()
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    open(path, "wb").write(png)


def main(model, folder, picture_path):
    # Blender talks on standard output, which is the table's.
    table = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    metadata = json.load(open(os.path.join(folder, "metadata.json")))
    ours_z = read_exr(os.path.join(folder, "render_depth.exr"))["Z"].astype(np.float64)
    channels = read_exr(os.path.join(folder, "render_normal.exr"))
    ours_n = np.stack([channels[c] for c in "RGB"], -1).astype(np.float64)
    with tempfile.TemporaryDirectory() as scratch:
        theirs_z, theirs_n = cycles(model, metadata, scratch)
    ours, theirs = np.isfinite(ours_z), np.isfinite(theirs_z)
    common = ours & theirs
    depth_range = np.ptp(ours_z[ours]) if ours.any() else 0.0
    apart = np.where(common, np.abs(np.where(common, ours_z, 0) - np.where(common, theirs_z, 0)), 0)
    dots = np.clip((unit(ours_n) * unit(theirs_n)).sum(-1), -1, 1)
    angle = np.where(common, np.degrees(np.arccos(dots)), 0)
    n = max(common.sum(), 1)
    depth_ok = (apart <= DEPTH_PART * depth_range) & common
    normal_ok = (angle <= NORMAL_DEGREES) & common
    shown = lambda z: np.repeat(np.where(np.isfinite(z), (z - ours_z[ours].min()) / max(depth_range, 1e-9) * 0.9, 1)[..., None], 3, 2)
    wrong = lambda ok, amount: np.stack([np.where(common & ~ok, 0.4 + 0.6 * np.clip(amount, 0, 1), 0.12 * ours), np.where(common & ok, 0.35, 0), (ours ^ theirs) * 1.0], -1)
    picture(picture_path, [shown(ours_z), shown(theirs_z), wrong(depth_ok, apart / max(depth_range, 1e-9) * 20), ours_n * 0.5 + 0.5, theirs_n * 0.5 + 0.5, wrong(normal_ok, angle / 20)])
    print(
        f"| {os.path.basename(model)} | {common.sum()} | {100 * common.sum() / max((ours | theirs).sum(), 1):.2f} | {100 * depth_ok.sum() / n:.3f} | {100 * normal_ok.sum() / n:.3f} "
        f"| {np.median(apart[common]) / max(depth_range, 1e-12) if common.any() else 0:.1e} | {np.median(angle[common]) if common.any() else 0:.4f} |",
        file=table,
    )


main(*sys.argv[1:4])
