// Renders a range of frames with Blender, then joins them to a preview video.
//
// Has the name, settings and tasks of the job type that every Flamenco farm knows, so that the
// Blender add-on and saved submissions work here as there. What stands in `eval` is for Blender.
//
// For TDs: copy this file under another name into the job types folder and change it; it is read
// again for every submission. The file name is the type name, with dashes for underscores.

const JOB_TYPE = {
  label: "Simple Blender Render",
  description: "Frames of a Blender scene, and a video of them to look at",
  settings: [
    {
      key: "frames",
      type: "string",
      required: true,
      eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
      evalInfo: { showLinkButton: true, description: "The scene's own range" },
      label: "Frames",
      description: "Which frames, such as 47 or 1-30 or 3, 5-10, 47-327",
    },
    {
      key: "chunk_size",
      type: "int32",
      default: 1,
      visible: "submission",
      label: "Chunk size",
      description: "How many frames one task renders",
    },
    {
      key: "render_output_root",
      type: "string",
      subtype: "dir_path",
      required: true,
      visible: "submission",
      label: "Output folder",
      description: "Below it every job gets a folder of its own",
    },
    {
      key: "add_path_components",
      type: "int32",
      required: true,
      default: 0,
      propargs: { min: 0, max: 32 },
      visible: "submission",
      label: "Folders of the file",
      description: "How many of the scene file's last folders are repeated in the output path",
    },
    {
      key: "render_output_path",
      type: "string",
      subtype: "file_path",
      editable: false,
      eval: "str(Path(abspath(settings.render_output_root), last_n_dir_parts(settings.add_path_components), jobname, '{timestamp}', '######'))",
      label: "Frames' path",
      description: "Where each frame goes; ###### is its number",
    },
    {
      key: "blendfile",
      type: "string",
      required: true,
      visible: "web",
      label: "Scene file",
      description: "The scene file's place on the farm",
    },
    {
      key: "fps",
      type: "float",
      eval: "C.scene.render.fps / C.scene.render.fps_base",
      visible: "hidden",
      label: "Frames per second",
      description: "The preview video's speed; without it there is no video",
    },
    {
      key: "format",
      type: "string",
      required: true,
      eval: "C.scene.render.image_settings.file_format",
      visible: "web",
      label: "Format",
      description: "What each frame is written as, in Blender's words",
    },
    {
      key: "image_file_extension",
      type: "string",
      required: true,
      eval: "C.scene.render.file_extension",
      visible: "hidden",
      label: "File extension",
      description: "How frames' names end, with the dot",
    },
    {
      key: "has_previews",
      type: "bool",
      required: false,
      eval: "C.scene.render.image_settings.use_preview",
      visible: "hidden",
      label: "JPEG previews",
      description: "Whether Blender writes a JPEG beside each EXR",
    },
    {
      key: "scene",
      type: "string",
      required: true,
      eval: "C.scene.name",
      visible: "web",
      label: "Scene",
      description: "Which scene of the file is rendered",
    },
  ],
};

// Blender writes these as one video file; frames of one video cannot be spread over a farm.
const VIDEO_FORMATS = ["FFMPEG", "AVI_RAW", "AVI_JPEG"];
// No video program reads these as they are; the JPEGs beside them do.
const EXR_FORMATS = ["EXR", "MULTILAYER", "OPEN_EXR", "OPEN_EXR_MULTILAYER"];

// Frames that are there already are kept, so that a job sent again goes on where it was.
const KEEP_FRAMES =
  "import bpy; r = bpy.context.scene.render; " +
  "r.use_file_extension = True; r.use_overwrite = False; r.use_placeholder = False";

function compileJob(job) {
  const settings = job.settings;
  if (VIDEO_FORMATS.includes(settings.format)) {
    throw `Blender would write a video (${settings.format}). Choose an image format; the video is made from the frames.`;
  }
  if (!settings.render_output_path) throw "The job has no render_output_path: say where the frames go.";
  // Kept with the job: this is how the frames are found again.
  settings.render_output_path = settings.render_output_path.replaceAll(
    "{timestamp}",
    formatTimestampLocal(job.created),
  );

  const renders = frameChunker(settings.frames, settings.chunk_size).map((chunk) => renderTask(settings, chunk));
  const video = videoTask(settings);
  for (const render of renders) {
    job.addTask(render);
    if (video) video.addDependency(render);
  }
  if (video) job.addTask(video);
}

function renderTask(settings, chunk) {
  const task = author.Task(`render-${chunk}`, "blender");
  const folder = path.dirname(settings.render_output_path);
  const args = settings.scene ? ["--scene", settings.scene] : [];
  args.push("--python-expr", KEEP_FRAMES);
  args.push("--render-output", path.join(folder, path.basename(settings.render_output_path)));
  args.push("--render-format", settings.format);
  args.push("--render-frame", chunk.replaceAll("-", ".."));
  const parameters = {
    exe: "{blender}",
    exeArgs: "{blenderArgs}",
    argsBefore: [],
    blendfile: settings.blendfile,
    args,
  };
  task.addCommand(author.Command("blender-render", parameters, frameCount(chunk)));
  return task;
}

// No video where its speed is not known, or nothing is there that it could be made from.
function videoTask(settings) {
  const isExr = EXR_FORMATS.includes(settings.format);
  if (!settings.fps || (isExr && !settings.has_previews)) return null;
  const folder = path.dirname(settings.render_output_path);
  const extension = isExr ? ".jpg" : settings.image_file_extension;
  const name = `${path.stem(settings.blendfile)}-${firstToLast(settings.frames)}.mp4`;
  const task = author.Task("preview-video", "ffmpeg");
  const encoding = ["-c:v", "h264", "-crf", "20", "-g", "18"];
  const shape = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"];
  task.addCommand(
    author.Command("frames-to-video", {
      exe: "ffmpeg",
      fps: settings.fps,
      inputGlob: path.join(folder, `*${extension}`),
      outputFile: path.join(folder, name),
      args: [...encoding, ...shape, "-r", settings.fps, "-y"],
    }),
  );
  return task;
}

// 1-10 stays, 1..4,8 becomes 1-8: a file's name holds no list.
function firstToLast(frames) {
  return /^\s*\d+\s*-\s*\d+\s*$/.test(frames) || !/[,.]/.test(frames)
    ? frames.replace(/\s/g, "")
    : `${/\d+/.exec(frames)[0]}-${/(\d+)\D*$/.exec(frames)[1]}`;
}
