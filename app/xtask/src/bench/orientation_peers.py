"""What trimesh and Blender make of models whose faces were turned around.

    cargo run -p convert --example scramble -- --out FOLDER MODEL…
    PYTHON app/xtask/src/bench/orientation_peers.py FOLDER

PYTHON has `trimesh` and Blender's `bpy`. Both programs get the faces on welded vertices, and one
mesh at a time. Prints a row a model and mode: the share of faces that face the right way at last.
"""

import collections
import glob
import os
import struct
import sys
import time

import bpy
import bmesh  # a part of bpy, there only after it
import numpy
import trimesh

TURNED, CLOSED, OPEN = 1, 2, 4


def read(path):
    data = open(path, "rb").read()
    n_vertices, n_faces = struct.unpack_from("<II", data)
    at = 8
    positions = numpy.frombuffer(data, "<f4", 3 * n_vertices, at).reshape(-1, 3).astype(float)
    at += 12 * n_vertices
    faces = numpy.frombuffer(data, "<u4", 3 * n_faces, at).reshape(-1, 3).astype(int)
    at += 12 * n_faces
    return positions, faces, numpy.frombuffer(data, "u1", n_faces, at)


def weld(positions, faces, flags):
    # Adding 0 turns -0 into 0.
    points, vertex = numpy.unique(positions + 0.0, axis=0, return_inverse=True)
    faces = vertex.reshape(-1)[faces]
    a, b, c = faces.T
    whole = (a != b) & (b != c) & (c != a)
    return points, faces[whole], flags[whole]


def is_reversed(before, after):
    same = [(numpy.roll(before, shift, 1) == after).all(1) for shift in range(3)]
    return ~numpy.logical_or.reduce(same)


def by_trimesh(points, faces):
    mesh = trimesh.Trimesh(points, faces.copy(), process=False)
    trimesh.repair.fix_normals(mesh, multibody=True)
    return is_reversed(faces, numpy.asarray(mesh.faces))


def by_blender(points, faces):
    mesh = bpy.data.meshes.new("scrambled")
    mesh.from_pydata(points.tolist(), [], faces.tolist())
    work = bmesh.new()
    work.from_mesh(mesh)
    bmesh.ops.recalc_face_normals(work, faces=work.faces)
    after = numpy.array([[vertex.index for vertex in face.verts] for face in work.faces])
    work.free()
    bpy.data.meshes.remove(mesh)
    return is_reversed(faces, after)


def main(folder):
    programs = {"trimesh": by_trimesh, "Blender": by_blender}
    scores = collections.OrderedDict()
    for path in sorted(glob.glob(os.path.join(folder, "*.bin"))):
        model, mode, _mesh, _ = os.path.basename(path).rsplit(".", 3)
        points, faces, flags = weld(*read(path))
        if len(faces) == 0:
            continue
        for program, turn in programs.items():
            score = scores.setdefault((model, mode, program), collections.Counter())
            start = time.perf_counter()
            try:
                right = turn(points, faces) == (flags & TURNED > 0)
            except Exception as error:
                print(f"{path}: {program}: {error}", file=sys.stderr)
                right = flags & TURNED == 0
            score["ms"] += 1000 * (time.perf_counter() - start)
            for kind in (CLOSED, OPEN):
                score[kind] += int((flags & kind > 0).sum())
                score[-kind] += int((right & (flags & kind > 0)).sum())
    print("| model | mode | program | closed | open | ms |\n|---|---|---|---|---|---|")
    for (model, mode, program), score in scores.items():
        share = lambda kind: f"{100 * score[-kind] / score[kind]:.3f} %" if score[kind] else "–"
        print(f"| {model} | {mode} | {program} | {share(CLOSED)} | {share(OPEN)} | {score['ms']:.0f} |")


main(sys.argv[1])
