// What a job type finds when it runs: `author`, `path`, `process`, `frameChunker` and friends.
// Evaluated once in every fresh realm, before the script. `host` holds the native functions; it is
// reachable from here only. The value of this file is the function that runs `compileJob`.
(function (host) {
  "use strict";
  const toJson = JSON.stringify;
  const none = [];

  function named(value, what) {
    const text = String(value === undefined || value === null ? "" : value).trim();
    if (text === "") throw new Error(`a task needs a ${what}`);
    return text;
  }

  // Fetched by the hundred: each step over the border costs more than an id.
  let ids = [];
  let nUsed = 0;
  function nextId() {
    if (nUsed === ids.length) {
      ids = host.uuids(ids.length === 0 ? 8 : 256).split(",");
      nUsed = 0;
    }
    return ids[nUsed++];
  }

  class Task {
    constructor(name, type) {
      this.uUID = nextId();
      this.name = named(name, "name");
      this.type = named(type, "type");
      this.priority = 50;
      this.commands = [];
      this.dependencies = [];
    }
    addCommand(command) {
      this.commands.push(command);
    }
    addDependency(task) {
      this.dependencies.push(task);
    }
  }

  const author = {
    Task: function (name, type) {
      return new Task(name, type);
    },
    Command: function (name, parameters, totalStepCount) {
      return { name, parameters, totalStepCount: totalStepCount === undefined ? 0 : totalStepCount };
    },
  };
  const path = {
    basename: host.basename,
    dirname: host.dirname,
    stem: host.stem,
    join: (...parts) => host.join(toJson(parts.map(String))),
  };
  const process = { platform: host.platform, cwd: () => host.cwd };

  const modules = new Map([
    ["author", { exports: author }],
    ["path", { exports: path }],
    ["process", { exports: process }],
  ]);
  function require(name) {
    const key = String(name).replace(/^\.\//, "").replace(/\.js$/, "");
    let module = modules.get(key);
    if (module === undefined) {
      module = { exports: {} };
      // Known before it runs, so that two modules that need each other do not recurse for ever.
      modules.set(key, module);
      new Function("exports", "require", "module", host.load(key))(module.exports, require, module);
    }
    return module.exports;
  }

  Object.assign(globalThis, {
    author,
    path,
    process,
    require,
    print: (...words) => host.print(words.map(String).join(" ")),
    alert: (...words) => host.alert(words.map(String).join(" ")),
    frameChunker: (range, size) => JSON.parse(host.frameChunker(String(range), Number(size))),
    frameCount: (range) => host.frameCount(String(range)),
    shellSplit: (line) => JSON.parse(host.shellSplit(String(line))),
    formatTimestampLocal: (date) => host.formatTimestampLocal(Number(date)),
  });

  // Go's JSON keeps a task as it was when it was added; so what comes later is lost here too.
  function frozen(task) {
    return {
      uuid: task.uUID,
      name: String(task.name),
      type: String(task.type),
      priority: Number(task.priority),
      commands: task.commands.slice(),
      dependencies: task.dependencies.length === 0 ? none : task.dependencies.map((it) => it.uUID),
    };
  }

  return function (compileJob, jobJson) {
    const job = JSON.parse(jobJson);
    const added = [];
    job.created = new Date(job.created);
    job.tasks = [];
    Object.defineProperty(job, "addTask", {
      value: function (task) {
        job.tasks.push(task);
        added.push(frozen(task));
      },
    });
    compileJob(job);
    return toJson({ settings: job.settings, metadata: job.metadata, tasks: added });
  };
})
