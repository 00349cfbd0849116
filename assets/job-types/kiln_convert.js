// Kiln convert: every model read, mended by a plan, and written as one file, ready to load.
//
// Runs unchanged on Kiln's own farm and on a studio's Flamenco Manager. There it needs one variable,
// `kiln`, with the path of the kiln program on each platform of the Workers.
//
// For TDs: copy this file under another name into the job types folder and change it; it is read
// again for every submission. The file name is the type name, with dashes for underscores.

const JOB_TYPE = {
  label: "Convert and mend",
  description: "Each model as one file, mended on the way if you like: names, hierarchy and animation kept",
  settings: [
    {
      key: "models",
      type: "string",
      required: true,
      // Whoever submits fills this in; the farm's pages show it.
      visible: "web",
      label: "Models",
      description: "The models' paths on the farm, one per line",
    },
    {
      key: "plan",
      type: "string",
      default: "as-is",
      choices: ["as-is", "clean", "web", "film", "print"],
      label: "Plan",
      description: "What is done on the way: nothing, mending, or mending and making it fit for a use",
    },
    {
      key: "plan_text",
      type: "string",
      default: "",
      visible: "submission",
      label: "Own plan",
      description: "A plan of your own, as TOML; used instead of the one chosen above",
    },
    {
      key: "format",
      type: "string",
      default: "glb",
      choices: ["glb", "kscene", "obj", "ply", "stl"],
      label: "Format",
      description: "What the result is written as",
    },
    {
      key: "output_root",
      type: "string",
      subtype: "dir_path",
      default: "{jobs}/kiln-results",
      visible: "hidden",
      label: "Results folder",
      description: "The folder below which every job gets a results folder of its own",
    },
    {
      key: "output_path",
      type: "string",
      subtype: "dir_path",
      visible: "hidden",
      editable: false,
      label: "Results",
      description: "This job's results folder, named by the farm",
    },
  ],
};

function compileJob(job) {
  const settings = job.settings;
  const models = modelPaths(settings);
  // Kept with the job: this is how the results are found again.
  settings.output_path = path.join(settings.output_root || "{jobs}/kiln-results", job.jobID);

  const plan = String(settings.plan_text || "").trim()
    ? ["--plan-text", settings.plan_text]
    : ["--plan", settings.plan || "as-is"];
  const format = settings.format || "glb";
  const names = folderNames(models);
  models.forEach((model, index) => {
    const name = names[index];
    const folder = path.join(settings.output_path, name);
    const result = path.join(folder, `${name}.${format}`);
    const receipt = path.join(folder, `${name}.receipt.json`);
    const task = author.Task(`convert ${name}`, "misc");
    task.addCommand(
      author.Command("exec", {
        exe: "{kiln}",
        args: ["convert", model, result, ...plan, "--receipt", receipt],
      }),
    );
    job.addTask(task);
  });
}

// One model per line; empty lines do not count.
function modelPaths(settings) {
  const models = String(settings.models || "").split(/\r?\n/).filter((line) => line.trim() !== "");
  if (models.length === 0) throw "Choose at least one model.";
  return models;
}

// One folder name for each model. Models with the same name get -2, -3 …; capitals do not count,
// since they do not for every file system.
function folderNames(models) {
  const taken = new Set();
  return models.map((model) => {
    // A name of dots alone would lead out of the results folder.
    const stem = /^\.*$/.test(path.stem(model)) ? "model" : path.stem(model);
    let name = stem;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${stem}-${n}`;
    taken.add(name.toLowerCase());
    return name;
  });
}
