"""Gives schemathesis things that exist: a Worker with its secret, jobs, a task that runs, a tag."""
import json, os, random, urllib.request, base64
import schemathesis

BASE = os.environ["KILN_CONTRACT_URL"].rstrip("/")

def call(method, path, body=None, headers=None, raw=None):
    data = raw if raw is not None else (None if body is None else json.dumps(body).encode())
    h = {"Content-Type": "application/json"}
    h.update(headers or {})
    request = urllib.request.Request(BASE + path, data, h, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return answer.status, (json.loads(text) if text and "json" in answer.headers.get("Content-Type", "") else text)
    except urllib.error.HTTPError as error:
        return error.code, error.read()

def seed():
    types = ["misc", "blender", "ffmpeg"]
    _, worker = call("POST", "/api/v3/worker/register-worker", {"name": "hand", "secret": "5ec7e7", "platform": "linux", "supported_task_types": types})
    basic = "Basic " + base64.b64encode(f"{worker['uuid']}:5ec7e7".encode()).decode()
    me = {"Authorization": basic}
    call("POST", "/api/v3/worker/sign-on", {"name": "hand", "supported_task_types": types, "software_version": "1"}, me)
    call("POST", "/api/v3/worker/state-changed", {"status": "awake"}, me)
    tag = call("POST", "/api/v3/worker-mgt/tags", {"name": "fast %d" % random.randrange(10**9), "description": "d"})[1]
    jobs, tasks = [], []
    for status in ("queued", "paused", "queued"):
        _, job = call("POST", "/api/v3/jobs", {"name": "try", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux", "initial_status": status,
            "settings": {"message": "hi", "sleep_duration_seconds": 1, "sleep_repeats": 2}, "metadata": {"user.name": "artist"}})
        jobs.append(job["id"])
        tasks += [it["id"] for it in call("GET", f"/api/v3/jobs/{job['id']}/tasks")[1]["tasks"]]
    status, task = call("POST", "/api/v3/worker/task", None, me)
    call("POST", f"/api/v3/worker/task/{task['uuid']}", {"log": "a line\n", "activity": "a"}, me)
    call("POST", f"/api/v3/worker-mgt/workers/{worker['uuid']}/settags", {"tag_ids": [tag["id"]]})
    call("POST", f"/api/v3/worker-mgt/workers/{worker['uuid']}/sleep-schedule", {"is_active": True, "days_of_week": "mo tu", "start_time": "09:00", "end_time": "18:00"})
    return {"basic": basic, "worker_id": [worker["uuid"]], "tag_id": [tag["id"]], "job_id": jobs, "task_id": [task["uuid"]] + tasks, "mine": task["uuid"]}

KNOWN = seed()
TYPES = ["echo-sleep-test", "kiln-convert", "simple-blender-render"]

@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters: return path_parameters
    for name in ("job_id", "task_id", "worker_id", "tag_id"):
        if name in path_parameters and random.random() < 0.6:
            path_parameters[name] = random.choice(KNOWN[name])
    if "typeName" in path_parameters and random.random() < 0.6:
        path_parameters["typeName"] = random.choice(TYPES)
    return path_parameters

@schemathesis.hook
def before_call(context, case, kwargs):
    if "/worker/" in case.operation.path and random.random() < 0.8:
        case.headers = case.headers or {}
        case.headers["Authorization"] = KNOWN["basic"]
