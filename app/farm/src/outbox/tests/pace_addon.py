import hashlib
import os
import sys
import time
import types

# The package's own __init__ wants Blender; the client below it does not.
package = types.ModuleType("flamenco")
package.__path__ = [os.path.join(os.environ["PYTHONPATH"], "flamenco")]
sys.modules["flamenco"] = package

from flamenco.manager import ApiClient, Configuration
from flamenco.manager.apis import ShamanApi
from flamenco.manager.models import ShamanFileSpec, ShamanRequirementsRequest

shaman = ShamanApi(ApiClient(Configuration(host=sys.argv[1])))
files = []
for name in sorted(os.listdir(sys.argv[2])):
    path = os.path.join(sys.argv[2], name)
    with open(path, "rb") as file:
        content = file.read()
    files.append((path, ShamanFileSpec(sha=hashlib.sha256(content).hexdigest(), size=len(content), path=name)))

began = time.monotonic()
wanted = shaman.shaman_checkout_requirements(ShamanRequirementsRequest(files=[spec for _, spec in files])).files
assert len(wanted) == len(files)
for path, spec in files:
    answer = shaman.shaman_file_store_check(checksum=spec.sha, filesize=spec.size)
    assert answer.status.value == "unknown"
    with open(path, "rb") as file:
        shaman.shaman_file_store(
            checksum=spec.sha, filesize=spec.size, body=file,
            x_shaman_can_defer_upload=False, x_shaman_original_filename=spec.path,
        )
assert not shaman.shaman_checkout_requirements(ShamanRequirementsRequest(files=[spec for _, spec in files])).files
print("%.2f" % (time.monotonic() - began))
