import hashlib
import sys
import types
import os

# The package's own __init__ wants Blender; the client below it does not.
package = types.ModuleType("flamenco")
package.__path__ = [os.path.join(os.environ["PYTHONPATH"], "flamenco")]
sys.modules["flamenco"] = package

from flamenco.manager import ApiClient, Configuration, models
from flamenco.manager.apis import JobsApi, MetaApi, ShamanApi, WorkerMgtApi
from flamenco.manager.exceptions import ApiException
from flamenco.manager.models import (
    JobMetadata,
    JobSettings,
    JobStatus,
    JobStorageInfo,
    ManagerVariableAudience,
    ShamanCheckout,
    ShamanFileSpec,
    ShamanRequirementsRequest,
    SubmittedJob,
)

client = ApiClient(Configuration(host=sys.argv[1]))
meta, jobs, shaman, workers = MetaApi(client), JobsApi(client), ShamanApi(client), WorkerMgtApi(client)

version = meta.get_version()
print("version", version.shortversion)
storage = meta.get_shared_storage(ManagerVariableAudience("users"), sys.platform)
assert storage.shaman_enabled and storage.location.endswith("jobs")
names = sorted(it.name for it in jobs.get_job_types().job_types)
assert "simple-blender-render" in names and "echo-sleep-test" in names, names
job_type = jobs.get_job_type("simple-blender-render")
assert all(it.key and it.type for it in job_type.settings)
tags = workers.fetch_worker_tags()
assert not getattr(tags, "tags", None)
print("shared-storage/users, jobs/types, jobs/type, worker-mgt/tags")


def submitted(etag, blendfile):
    job = SubmittedJob(
        name="Robot",
        type="simple-blender-render",
        priority=50,
        submitter_platform=sys.platform,
        type_etag=etag,
        settings=JobSettings(
            frames="1-3", chunk_size=1, render_output_root="/out", add_path_components=0,
            render_output_path="/out/Robot/{timestamp}/######", blendfile=blendfile, fps=24.0,
            format="PNG", image_file_extension=".png", has_previews=False, scene="Scene",
        ),
        metadata=JobMetadata(**{"user.name": "artist", "project": "Robot"}),
        initial_status=JobStatus("paused"),
    )
    return job


jobs.submit_job_check(submitted(job_type.etag, "/dummy.blend"))
try:
    jobs.submit_job_check(submitted("old", "/dummy.blend"))
    raise SystemExit("an outdated etag was taken")
except ApiException as error:
    assert error.status == 412, error
print("jobs/check; outdated etag 412")

content = "kiln of üñï".encode()
sha = hashlib.sha256(content).hexdigest()
spec = ShamanFileSpec(sha=sha, size=len(content), path="robot/robot.blend")
wanted = shaman.shaman_checkout_requirements(ShamanRequirementsRequest(files=[spec])).files
assert len(wanted) == 1 and wanted[0].status.value == "unknown", wanted
assert shaman.shaman_file_store_check(checksum=sha, filesize=len(content)).status.value == "unknown"
shaman.shaman_file_store(
    checksum=sha, filesize=len(content), body=__import__("io").BytesIO(content),
    x_shaman_can_defer_upload=False, x_shaman_original_filename="robot.blend",
)
assert not shaman.shaman_checkout_requirements(ShamanRequirementsRequest(files=[spec])).files
checkout = shaman.shaman_checkout(ShamanCheckout(files=[spec], checkout_path="Robot")).checkout_path
print("checkout/requirements, files GET, files POST, checkout/create")

wish = submitted(job_type.etag, "{jobs}/%s/robot/robot.blend" % checkout)
wish.storage = JobStorageInfo(shaman_checkout_id=checkout)
# Its class for jobs cannot compare its own halves; the add-on reads a job's fields as a dictionary.
job = jobs.submit_job(wish).to_dict()
assert str(job["status"]) in ("paused", "{'value': 'paused'}"), job
assert job["storage"]["shaman_checkout_id"] == checkout, job
assert "{timestamp}" not in job["settings"]["render_output_path"], job
print("jobs, submitted paused")

assert any(it.to_dict()["id"] == job["id"] for it in jobs.fetch_jobs().jobs)
tasks = jobs.fetch_job_tasks(job["id"]).tasks
assert len(tasks) == 4, tasks
task = jobs.fetch_task(tasks[0].id)
assert task.commands[0].name and task.status.value == "queued", task
assert meta.get_farm_status().status.value
print("jobs, tasks, task and status read back by its models")
