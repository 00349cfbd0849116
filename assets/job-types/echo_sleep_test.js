// The smoke test of a farm: says something, then sleeps. Needs no files and no programs.

const JOB_TYPE = {
  label: "Echo and sleep",
  description: "Tries the farm out: one task says a message, then others sleep for a while",
  settings: [
    {
      key: "message",
      type: "string",
      required: true,
      default: "Hello, farm",
      label: "Message",
      description: "What the first task writes into its log",
    },
    {
      key: "sleep_duration_seconds",
      type: "int32",
      default: 1,
      label: "Sleep",
      description: "How long each sleeping task takes, in seconds",
    },
    {
      key: "sleep_repeats",
      type: "int32",
      default: 1,
      label: "Repeats",
      description: "How many tasks sleep",
    },
  ],
};

function compileJob(job) {
  const settings = job.settings;

  const echo = author.Task("echo", "misc");
  echo.addCommand(author.Command("echo", { message: settings.message }));
  job.addTask(echo);

  for (let n = 0; n < settings.sleep_repeats; n++) {
    const sleep = author.Task("sleep", "misc");
    sleep.addCommand(author.Command("sleep", { duration_in_seconds: settings.sleep_duration_seconds }));
    sleep.addDependency(echo);
    job.addTask(sleep);
  }
}
