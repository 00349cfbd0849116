// What a job type finds when it runs: `author`, `path`, `process`, `frameChunker` and friends.
// Evaluated once in every fresh realm, before the script. `host` holds the native functions; it is
// reachable from here only. The value of this file is the function that runs `compileJob`.
(function (host) {
  "use strict";
  const toJson = JSON.stringify;
  const none = [];
  const oneFrame = /^[0-9]{1,9}$/;

  function named(value, what) {
    const text = String(value === undefined || value === null ? "" : value).trim();
    if (text === "") throw new Error(`a task needs a ${what}`);
    return text;
  }

  // Which task an object is: its number in the order of making. Objects of a script's own have none.
  const idOf = Symbol("id");
  let nMade = 0;

  const ofTask = {
    get uUID() {
      return host.uuid(this[idOf]);
    },
    addCommand(command) {
      this.commands.push(command);
    },
    addDependency(task) {
      this.dependencies.push(task);
    },
  };

  // A job asks the same of the path of each of its tasks.
  function remembered(ask) {
    let last = null;
    let answer = "";
    return (path) => {
      const text = String(path);
      if (text !== last) {
        answer = ask(text);
        last = text;
      }
      return answer;
    };
  }
  const joined = remembered(host.join);

  const author = {
    Task: function (name, type) {
      return {
        __proto__: ofTask,
        [idOf]: nMade++,
        name: named(name, "name"),
        type: named(type, "type"),
        priority: 50,
        commands: [],
        dependencies: [],
      };
    },
    Command: function (name, parameters, totalStepCount) {
      return { name, parameters, totalStepCount: totalStepCount === undefined ? 0 : totalStepCount };
    },
  };
  const path = {
    basename: remembered(host.basename),
    dirname: remembered(host.dirname),
    stem: remembered(host.stem),
    join: (...parts) => joined(toJson(parts.map(String))),
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
    frameCount: (range) => (oneFrame.test(range) ? 1 : host.frameCount(String(range))),
    shellSplit: (line) => JSON.parse(host.shellSplit(String(line))),
    formatTimestampLocal: (date) => host.formatTimestampLocal(Number(date)),
  });

  function idOfTask(task) {
    const id = task[idOf];
    if (id === undefined) throw new TypeError("that is no task: make one with author.Task(name, type)");
    return id;
  }

  return function (compileJob, jobJson) {
    const job = JSON.parse(jobJson);
    // Six values a task, one after the other: keys would be as long again as what they name.
    const rows = [];
    job.created = new Date(job.created);
    job.tasks = [];
    Object.defineProperty(job, "addTask", {
      // Go's JSON keeps a task as it was when it was added; so what comes later is lost here too.
      value: function (task) {
        const { dependencies, commands } = task;
        rows.push(
          idOfTask(task),
          String(task.name),
          String(task.type),
          Number(task.priority),
          commands.slice(),
          dependencies.length === 0 ? none : dependencies.map(idOfTask),
        );
        job.tasks.push(task);
      },
    });
    compileJob(job);
    return toJson({ settings: job.settings, metadata: job.metadata, tasks: rows });
  };
})
