"""Opens a scene in Blender and writes it as one GLB that still knows its polygons.

    blender --background --factory-startup --disable-autoexec --python-exit-code 3 \
        --python export_scene.py -- SCENE OUT.glb
    python export_scene.py SCENE OUT.glb        (a Python with the module bpy)

Works with Blender 2.93 and later. Reads .blend, and whatever this Blender imports beside it. Nothing
of the scene is saved: modifiers are applied in memory only. glTF holds triangles; two attributes of
each vertex, _KILN_FACE and _KILN_VERTEX, count the polygon and the vertex that it belongs to, so that
the reader can put quads and n-gons together again. The last word goes to OUT.glb.json: what was
exported, in numbers. Written for Kiln; MIT or Apache-2.0, as Kiln itself.
"""

import json
import os
import sys
import traceback

import bpy

# Numbers beyond this are not whole any more as 32-bit floats.
MOST_COUNTED = 1 << 24

# Each: the operators' names, new before old.
IMPORTERS = {
    ".abc": ["wm.alembic_import"],
    ".bvh": ["import_anim.bvh"],
    ".dae": ["wm.collada_import"],
    ".fbx": ["wm.fbx_import", "import_scene.fbx"],
    ".glb": ["import_scene.gltf"],
    ".gltf": ["import_scene.gltf"],
    ".obj": ["wm.obj_import", "import_scene.obj"],
    ".ply": ["wm.ply_import", "import_mesh.ply"],
    ".stl": ["wm.stl_import", "import_mesh.stl"],
    ".svg": ["import_curve.svg"],
    ".usd": ["wm.usd_import"],
    ".usda": ["wm.usd_import"],
    ".usdc": ["wm.usd_import"],
    ".usdz": ["wm.usd_import"],
    ".wrl": ["import_scene.x3d"],
    ".x3d": ["import_scene.x3d"],
}

ADDONS = {"import_scene.x3d": "io_scene_x3d", "import_anim.bvh": "io_anim_bvh", "import_curve.svg": "io_curve_svg"}

# Objects that become meshes when their shape is worked out.
SHAPES = {"MESH", "CURVE", "SURFACE", "FONT", "META"}


class Unsupported(Exception):
    pass


def stage(name):
    """A line that the caller shows as progress."""
    print("KILN-STAGE " + name, flush=True)


def operator(path):
    group, name = path.split(".")
    found = getattr(getattr(bpy.ops, group), name)
    try:
        found.get_rna_type()
    except (KeyError, AttributeError):
        return None
    return found


def enable(addon):
    import addon_utils

    try:
        addon_utils.enable(addon, default_set=False)
    except Exception as error:
        print("cannot enable %s: %s" % (addon, error))


def mend_x3d():
    """Its reader opens files in a mode that Python 3.11 took away."""
    import builtins

    try:
        from io_scene_x3d import import_x3d
    except ImportError:
        return
    import_x3d.open = lambda path, mode="r", **more: builtins.open(path, mode.replace("U", ""), **more)


def open_scene(path):
    extension = os.path.splitext(path)[1].lower()
    if extension == ".blend":
        bpy.ops.wm.open_mainfile(filepath=path, load_ui=False, use_scripts=False)
        return
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    for name in IMPORTERS.get(extension, []):
        if name in ADDONS:
            enable(ADDONS[name])
            if name == "import_scene.x3d":
                mend_x3d()
        run = operator(name)
        if run is not None:
            arguments = {"filepath": path}
            if name == "wm.alembic_import":
                # A background job would be cut off by the end of this script.
                arguments["as_background_job"] = False
            run(**arguments)
            return
    raise Unsupported(
        "Blender %s does not import %s files; name another Blender in KILN_BLENDER"
        % (bpy.app.version_string, extension)
    )


def excluded_objects(view_layer):
    """Objects that no render shows: disabled themselves, or in no collection that is on."""
    shown = set()

    def walk(layer, is_hidden):
        is_hidden = is_hidden or layer.collection.hide_render
        if not is_hidden and not layer.exclude:
            shown.update(layer.collection.objects)
        for child in layer.children:
            walk(child, is_hidden)

    walk(view_layer.layer_collection, False)
    return [o for o in bpy.context.scene.objects if o.hide_render or o not in shown]


def is_modified(obj):
    """Whether there is more to the object's shape than its data, an armature's pose aside."""
    active = [m for m in obj.modifiers if m.show_render]
    return obj.type != "MESH" or any(m.type != "ARMATURE" for m in active)


def has_shape_keys(obj):
    return obj.type == "MESH" and obj.data.shape_keys is not None


def apply_modifiers(objects):
    """Gives every modified object a mesh of its own as rendered; the armature goes on moving it.
    Returns the names of those whose modifiers stand against their shape keys, which are kept."""
    modified = [o for o in objects if o.type in SHAPES and is_modified(o)]
    kept = [o.name for o in modified if has_shape_keys(o)]
    modified = [o for o in modified if not has_shape_keys(o)]
    for obj in modified:
        for modifier in obj.modifiers:
            modifier.show_viewport = modifier.show_render and modifier.type != "ARMATURE"
            if modifier.type == "SUBSURF":
                modifier.levels = min(modifier.render_levels, 3)
    graph = bpy.context.evaluated_depsgraph_get()
    graph.update()
    made = []
    for obj in modified:
        evaluated = obj.evaluated_get(graph)
        try:
            mesh = bpy.data.meshes.new_from_object(evaluated, preserve_all_data_layers=True, depsgraph=graph)
        except RuntimeError:
            # Its shape cannot be worked out, such as a metaball that another one stands for.
            mesh = None
        made.append((obj, mesh))
    for obj, mesh in made:
        if mesh is not None:
            mesh.name = obj.data.name
        if obj.type == "MESH":
            if mesh is None:
                continue
            for modifier in [m for m in obj.modifiers if m.type != "ARMATURE"]:
                obj.modifiers.remove(modifier)
            obj.data = mesh
        else:
            replace(obj, mesh)
    for obj in objects:
        if obj.type == "MESH":
            for modifier in obj.modifiers:
                if modifier.type == "ARMATURE":
                    modifier.show_viewport = modifier.show_render
    return kept


def replace(obj, mesh):
    """A curve, text or metaball makes room for the mesh that it looks like, or for an empty."""
    is_empty = mesh is None or not mesh.polygons and not mesh.edges
    world = obj.matrix_world.copy()
    stand_in = bpy.data.objects.new(obj.name, None if is_empty else mesh)
    collections = list(obj.users_collection) or [bpy.context.scene.collection]
    for collection in collections:
        collection.objects.link(stand_in)
        if obj.name in collection.objects:
            collection.objects.unlink(obj)
    stand_in.parent = obj.parent
    stand_in.parent_type = obj.parent_type
    stand_in.parent_bone = obj.parent_bone
    stand_in.matrix_parent_inverse = obj.matrix_parent_inverse
    stand_in.matrix_basis = obj.matrix_basis
    if not obj.parent:
        stand_in.matrix_world = world
    for child in [o for o in bpy.data.objects if o.parent == obj]:
        inverse = child.matrix_parent_inverse.copy()
        child.parent = stand_in
        child.matrix_parent_inverse = inverse


def mark(mesh, name, domain, n):
    if n == 0 or n > MOST_COUNTED or name in mesh.attributes:
        return
    import numpy

    attribute = mesh.attributes.new(name=name, type="FLOAT", domain=domain)
    attribute.data.foreach_set("value", numpy.arange(n, dtype=numpy.float32))


def mark_polygons(objects):
    """Numbers the polygons and the vertices of every mesh."""
    meshes = {o.data for o in objects if o.type == "MESH"}
    # Collections that are only instanced have objects that no scene has.
    instanced = [c for c in (o.instance_collection for o in objects) if c]
    meshes |= {o.data for c in instanced for o in c.all_objects if o.type == "MESH"}
    for mesh in meshes:
        # Files from before 2.63 may come without edges, and then every vertex seems loose.
        mesh.update(calc_edges=True, calc_edges_loose=True)
        mark(mesh, "_KILN_FACE", "FACE", len(mesh.polygons))
        mark(mesh, "_KILN_VERTEX", "POINT", len(mesh.vertices))
    return meshes




def export(path):
    enable("io_scene_gltf2")
    wanted = {
        "filepath": path,
        "export_format": "GLB",
        "export_image_format": "AUTO",
        "export_texcoords": True,
        "export_normals": True,
        "export_tangents": False,
        "export_materials": "EXPORT",
        "export_colors": True,
        "export_attributes": True,
        "export_cameras": True,
        "export_lights": True,
        "export_extras": False,
        "export_yup": True,
        "export_apply": False,
        "export_animations": True,
        "export_frame_range": False,
        "export_nla_strips": True,
        "export_current_frame": False,
        "export_rest_position_armature": False,
        "export_skins": True,
        "export_morph": True,
        "export_morph_normal": True,
        "use_selection": False,
        "use_active_scene": True,
        "use_mesh_edges": True,
        "use_mesh_vertices": True,
        "check_existing": False,
    }
    known = bpy.ops.export_scene.gltf.get_rna_type().properties.keys()
    arguments = {key: value for key, value in wanted.items() if key in known}
    if not any(o.type == "ARMATURE" or o.animation_data for o in bpy.context.scene.objects):
        arguments["export_animations"] = any(has_shape_keys(o) for o in bpy.context.scene.objects)
    result = bpy.ops.export_scene.gltf(**arguments)
    if "FINISHED" not in result or not os.path.isfile(path):
        raise RuntimeError("the glTF exporter gave no file")


def summary(meshes, scene, n_hidden, kept):
    unit = scene.unit_settings
    uses_units = unit.system != "NONE"
    return {
        "blender": bpy.app.version_string,
        "scene": scene.name,
        "meters_per_unit": unit.scale_length if uses_units else 1.0,
        "n_hidden": n_hidden,
        "unapplied": kept,
        "n_meshes": len(meshes),
        "n_faces": sum(len(m.polygons) for m in meshes),
    }


def main(scene_path, out_path):
    stage("opening the scene")
    open_scene(scene_path)
    scene = bpy.context.scene
    for obj in scene.objects:
        if obj.mode != "OBJECT":
            bpy.context.view_layer.objects.active = obj
            bpy.ops.object.mode_set(mode="OBJECT")
    excluded = excluded_objects(bpy.context.view_layer)
    hidden = [o for o in excluded if o.type in SHAPES]
    for obj in hidden:
        # Gone as a shape; its children keep their place.
        if obj.type == "MESH":
            obj.data = bpy.data.meshes.new(obj.data.name)
            obj.modifiers.clear()
        else:
            replace(obj, None)
    objects = [o for o in scene.objects if o not in hidden]
    stage("applying modifiers")
    kept = apply_modifiers(objects)
    meshes = mark_polygons([o for o in scene.objects if o not in hidden])
    stage("exporting")
    export(out_path)
    with open(out_path + ".json", "w", encoding="utf-8") as report:
        json.dump(summary(meshes, scene, len(hidden), kept), report)
    stage("done")


if __name__ == "__main__":
    arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    if len(arguments) != 2:
        sys.exit("usage: export_scene.py SCENE OUT.glb")
    try:
        main(*map(os.path.abspath, arguments))
    except Exception as error:
        traceback.print_exc()
        lines = [line.strip() for line in str(error).splitlines()]
        told = [line for line in lines if line and not line.startswith("Location:")]
        print("KILN-ERROR %s" % (told[-1] if told else type(error).__name__), flush=True)
        sys.exit(4)
